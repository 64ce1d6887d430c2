import { describe, expect, it } from 'vitest';
import {
  serverConfigSchema,
  serverConfigTopics,
  settingsWithoutEffect,
  withoutEffectSchema,
} from '../../../gpu-backend/src/config/schema.ts';

/** The flags of tensorflow_model_server 2.21 but `version`, which is no setting: type and default. */
const TENSORFLOW_SERVING: Readonly<Record<string, readonly [type: string, standard: unknown]>> = {
  port: ['integer', 8500],
  grpc_socket_path: ['string', ''],
  rest_api_port: ['integer', 8501], // 0 there: no REST
  rest_api_num_threads: ['integer', undefined],
  rest_api_timeout_in_ms: ['integer', 30_000],
  rest_api_enable_cors_support: ['boolean', false],
  enable_batching: ['boolean', undefined], // false there
  batching_parameters_file: ['string', ''],
  enable_per_model_batching_parameters: ['boolean', false],
  allow_version_labels_for_unavailable_models: ['boolean', false],
  model_config_file: ['string', ''],
  model_config_file_poll_wait_seconds: ['integer', 0],
  model_name: ['string', 'default'],
  model_base_path: ['string', ''],
  num_load_threads: ['integer', 0],
  num_unload_threads: ['integer', 0],
  max_num_load_retries: ['integer', 5],
  load_retry_interval_micros: ['integer', 60_000_000],
  file_system_poll_wait_seconds: ['number', 1],
  flush_filesystem_caches: ['boolean', true],
  tensorflow_session_parallelism: ['integer', 0],
  tensorflow_session_config_file: ['string', ''],
  tensorflow_intra_op_parallelism: ['integer', 0],
  tensorflow_inter_op_parallelism: ['integer', 0],
  use_alts_credentials: ['boolean', false],
  ssl_config_file: ['string', ''],
  platform_config_file: ['string', ''],
  per_process_gpu_memory_fraction: ['number', 0],
  saved_model_tags: ['string', 'serve'],
  grpc_channel_arguments: ['string', ''],
  grpc_max_threads: ['integer', undefined],
  enable_model_warmup: ['boolean', true],
  num_request_iterations_for_warmup: ['integer', 0],
  monitoring_config_file: ['string', ''],
  remove_unused_fields_from_bundle_metagraph: ['boolean', true],
  prefer_tflite_model: ['boolean', false],
  num_tflite_pools: ['integer', undefined],
  num_tflite_interpreters_per_pool: ['integer', 1],
  enable_signature_method_name_check: ['boolean', false],
  xla_cpu_compilation_enabled: ['boolean', false],
  xla_gpu_compilation_enabled: ['boolean', false],
  enable_profiler: ['boolean', true],
  thread_pool_factory_config_file: ['string', ''],
  mixed_precision: ['string', ''],
  skip_initialize_tpu: ['boolean', false],
  enable_grpc_healthcheck_service: ['boolean', false],
  enable_serialization_as_tensor_content: ['boolean', false],
};

const properties = serverConfigSchema.toJSONSchema({ io: 'input' }).properties ?? {};

describe('serverConfigSchema', () => {
  it.each(Object.entries(TENSORFLOW_SERVING))("has TensorFlow Serving's %s", (name, [type, standard]) => {
    expect(properties[name]).toMatchObject({ type, ...(standard !== undefined && { default: standard }) });
    expect(properties[name]).toHaveProperty('description');
  });

  it('is what the topics and the settings without effect hold together, each once', () => {
    const names = [...serverConfigTopics.map(({ schema }) => schema), withoutEffectSchema].flatMap(({ shape }) =>
      Object.keys(shape),
    );
    expect(names).toEqual(Object.keys(serverConfigSchema.shape));
  });
});

describe('settingsWithoutEffect', () => {
  it('names those that are set', () => {
    expect(settingsWithoutEffect({ enable_profiler: true, port: 1, grpc_max_threads: 4 })).toEqual([
      'enable_profiler',
      'grpc_max_threads',
    ]);
  });
});
