import { flag, real, text, whole } from './values.ts';

const threads = whole().optional();

/** TensorFlow Serving's settings of parts that this server does not have: accepted, so that command lines work as they are. */
export const tensorflowSettings = {
  num_unload_threads: whole().prefault(0).describe('versions unload beside each other'),
  flush_filesystem_caches: flag.prefault(true).describe('the operating system keeps what it read'),
  tensorflow_session_parallelism: whole().prefault(0).describe('intra_op_threads says how many threads run a model'),
  tensorflow_inter_op_parallelism: whole().prefault(0).describe('intra_op_threads says how many threads run a model'),
  tensorflow_session_config_file: text.describe('there is no session of TensorFlow to configure'),
  per_process_gpu_memory_fraction: real(0, 1).prefault(0).describe('there is no session of TensorFlow to configure'),
  remove_unused_fields_from_bundle_metagraph: flag.prefault(true).describe('nothing unused is kept'),
  rest_api_num_threads: threads.describe('REST needs no threads'),
  grpc_max_threads: threads.describe('gRPC needs no threads'),
  num_tflite_pools: threads.describe('workers_per_model says how many threads run models'),
  num_tflite_interpreters_per_pool: whole().prefault(1).describe('workers_per_model says how many threads run models'),
  xla_cpu_compilation_enabled: flag.prefault(false).describe('nothing is compiled by XLA'),
  xla_gpu_compilation_enabled: flag.prefault(false).describe('nothing is compiled by XLA'),
  enable_profiler: flag.prefault(true).describe("TensorFlow's profiler is not served"),
  thread_pool_factory_config_file: text.describe('threads are made here'),
  mixed_precision: text.describe('models run in the types that they have'),
  skip_initialize_tpu: flag.prefault(false).describe('TPUs are not used'),
  use_alts_credentials: flag.prefault(false).describe('cannot be true: ssl_config_file says how to encrypt'),
};
