import { invalidArgument, StatusError } from '@tensorfleet/core';
import { parsePlace, splitStoreUrl } from '../repository/base-path.ts';
import { type ServerConfig, type Settings, serverConfigSchema } from './schema.ts';

/** Checks settings that are together, file first, then flags. Throws INVALID_ARGUMENT with all problems at once. */
export function resolveServerConfig(...settings: readonly Settings[]): ServerConfig {
  const result = serverConfigSchema.safeParse(Object.assign({}, ...settings));
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'settings'}: ${issue.message}`);
    throw invalidArgument(`configuration is not valid: ${problems.join('; ')}`);
  }
  const config = result.data;
  checkModels(config);
  checkListeners(config);
  checkBatching(config);
  checkThreads(config);
  const allowsAll = config.rest_api_enable_cors_support && config.rest_api_cors_origins.length === 0;
  return Object.freeze({
    ...config,
    rest_api_cors_origins: allowsAll ? ['*'] : config.rest_api_cors_origins,
    intra_op_threads: config.intra_op_threads || config.tensorflow_intra_op_parallelism || 1,
  });
}

function checkModels({ model_repository: root, model_base_path: single, model_config_file: file }: ServerConfig): void {
  if (root === '' && single === '' && file === '') {
    throw invalidArgument(
      'Both server_options.model_base_path and server_options.model_config_file are empty! One of them, or model_repository, says where the models are',
    );
  }
  for (const [name, path] of Object.entries({ model_repository: root, model_base_path: single })) {
    if (path !== '') {
      checkPlace(name, path);
    }
  }
  if (root !== '' && (single !== '' || file !== '')) {
    const other = file === '' ? 'model_base_path' : 'model_config_file';
    throw invalidArgument(`set either model_repository or ${other}: one of them says where the models are`);
  }
}

function checkPlace(name: string, path: string): void {
  try {
    const place = parsePlace(path);
    if (name === 'model_base_path' && place.kind === 'store') {
      splitStoreUrl(place.url);
    }
  } catch (reason) {
    throw invalidArgument(`${name}: ${StatusError.from(reason).message}`);
  }
}

function checkListeners(config: ServerConfig): void {
  const { port, rest_api_port: restPort, grpc_socket_path: socket } = config;
  if (port === 0 && restPort === 0 && socket === '') {
    throw invalidArgument(
      'At least one of server_options.grpc_port or server_options.grpc_socket_path must be set: rest_api_port is 0 as well, so the server would listen nowhere',
    );
  }
  if (port === restPort && port !== 0) {
    throw invalidArgument(`port and rest_api_port are both ${port}: each protocol needs its own`);
  }
  if (config.use_alts_credentials) {
    throw invalidArgument('use_alts_credentials cannot be true: ALTS is not supported, ssl_config_file sets up TLS');
  }
}

function checkBatching({ enable_batching: isEnabled, batching_parameters_file: file }: ServerConfig): void {
  if (file !== '' && isEnabled !== true) {
    throw invalidArgument(
      'server_options.batching_parameters_file is set without setting server_options.enable_batching to true.',
    );
  }
}

function checkThreads(config: ServerConfig): void {
  const names = [
    'tensorflow_session_parallelism',
    'tensorflow_intra_op_parallelism',
    'tensorflow_inter_op_parallelism',
  ] as const;
  if (names.every((name) => config[name] > 0)) {
    throw invalidArgument(`${names.join(', ')} are all set: the first stands for the other two`);
  }
}
