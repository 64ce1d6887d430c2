import { anyOf, embedded, messageMap, messageType, opaque, repeatedScalar, scalar, wrapper } from './message-type.ts';

export const BatchingParametersMessage = messageType('tensorflow.serving.BatchingParameters', {
  max_batch_size: wrapper(1, 'int64'),
  batch_timeout_micros: wrapper(2, 'int64'),
  max_enqueued_batches: wrapper(3, 'int64'),
  num_batch_threads: wrapper(4, 'int64'),
  thread_pool_name: wrapper(5, 'string'),
  allowed_batch_sizes: repeatedScalar(6, 'int64'),
  pad_variable_length_inputs: scalar(7, 'bool'),
  enable_large_batch_splitting: wrapper(8, 'bool'),
  max_execution_batch_size: wrapper(9, 'int64'),
});

export const MonitoringConfigMessage = messageType('tensorflow.serving.MonitoringConfig', {
  prometheus_config: embedded(
    1,
    messageType('tensorflow.serving.PrometheusConfig', { enable: scalar(1, 'bool'), path: scalar(2, 'string') }),
  ),
});

export const SslConfigMessage = messageType('tensorflow.serving.SSLConfig', {
  server_key: scalar(1, 'string'),
  server_cert: scalar(2, 'string'),
  custom_ca: scalar(3, 'string'),
  client_verify: scalar(4, 'bool'),
});

const ModelWarmupOptions = messageType('tensorflow.serving.ModelWarmupOptions', {
  num_request_iterations: wrapper(1, 'int32'),
  num_model_warmup_threads: opaque(2),
  model_name: opaque(3),
  model_version: opaque(4),
  enable_all_batch_sizes_warmup: opaque(5),
});

const SessionBundleConfig = messageType('tensorflow.serving.SessionBundleConfig', {
  session_target: opaque(1),
  session_config: opaque(2),
  batching_parameters: embedded(3, BatchingParametersMessage),
  session_run_load_threadpool_index: opaque(4),
  experimental_transient_ram_bytes_during_load: opaque(5),
  saved_model_tags: repeatedScalar(6, 'string'),
  in_graph_batching_parameters: opaque(7),
  experimental_fixed_input_tensors: opaque(778),
  enable_model_warmup: scalar(779, 'bool'),
  model_warmup_options: embedded(780, ModelWarmupOptions),
  enable_session_metadata: opaque(781),
  remove_unused_fields_from_bundle_metagraph: opaque(782),
  prefer_tflite_model: scalar(783, 'bool'),
  resource_estimation_uses_validation_result: opaque(784),
  num_tflite_interpreters: opaque(785),
  num_tflite_interpreters_per_pool: opaque(786),
  num_tflite_pools: opaque(787),
  wrap_session_with_no_threading_params: opaque(788),
  enable_per_model_batching_params: scalar(789, 'bool'),
  enable_saved_model_config: opaque(790),
  mixed_precision: opaque(791),
});

const SavedModelBundleSourceAdapterConfig = messageType('tensorflow.serving.SavedModelBundleSourceAdapterConfig', {
  legacy_config: embedded(1000, SessionBundleConfig),
});

const PlatformConfig = messageType('tensorflow.serving.PlatformConfig', {
  source_adapter_config: anyOf(1, SavedModelBundleSourceAdapterConfig),
});

export const PlatformConfigMapMessage = messageType('tensorflow.serving.PlatformConfigMap', {
  platform_configs: messageMap(1, PlatformConfig),
});
