import { stat } from 'node:fs/promises';
import { Code, notFound, StatusError } from '@tensorfleet/core';
import {
  createLogger,
  parsePlace,
  productVersions,
  readConfigFile,
  resolveServerConfig,
  runModelServer,
  type ServerConfig,
  type ServerPorts,
  type Settings,
  serverConfigTopics,
  settingsWithoutEffect,
  withModelEnvironment,
  withoutEffectSchema,
} from '@tensorfleet/gpu-backend';
import type { Command } from 'commander';
import { sayPortInUse } from '../port-in-use.ts';
import { NEXT_STEP } from '../terminal/fail.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { CommandContext } from './command-context.ts';
import { schemaOptions } from './schema-options.ts';

const EXAMPLES = `
"-" and "_" are the same in the names of options; they are also the keys of a --config file. SIGTERM and Ctrl-C drain
the server: requests in flight are answered before it ends.

Examples:
  $ tensorfleet serve --model_repository .tensorfleet/models
  $ tensorfleet serve --model_config_file models.config --model_config_file_poll_wait_seconds 60
  $ tensorfleet serve --model_name mnist --model_base_path .tensorfleet/models/mnist --rest_api_port 8502`;

export function addServe(program: Command, { terminal }: CommandContext): void {
  const command = program
    .command('serve')
    .description(
      'Run a model server: gRPC and REST over a directory of models. New versions are served as they appear.',
    )
    .option('--config <file>', 'YAML file with any of the options below; options on the command line win')
    .option('--version [boolean]', 'print what runs here, and end')
    .addHelpText('after', EXAMPLES);
  const withoutEffect = { title: "TensorFlow Serving's, without effect here", schema: withoutEffectSchema };
  for (const { title, schema } of [...serverConfigTopics, withoutEffect]) {
    for (const option of schemaOptions(schema.toJSONSchema({ io: 'input' }))) {
      command.addOption(option.helpGroup(`${title}:`));
    }
  }
  command.action(async ({ config, version, ...flags }: Settings) => {
    if (version !== undefined && version !== 'false') {
      printVersions(terminal);
      return;
    }
    const file = typeof config === 'string' ? await readConfigFile(config) : {};
    const settings = withModelEnvironment({ ...file, ...flags });
    await serve(settle(command, settings), settingsWithoutEffect(settings), terminal);
  });
}

function printVersions({ out }: Terminal): void {
  const { server, onnxRuntime } = productVersions();
  out.line(`Tensorfleet ModelServer: ${server}`);
  out.line(`TensorFlow Library: none; SavedModels run on ONNX Runtime ${onnxRuntime}`);
}

/** What flags and file say together; a value that cannot be is wrong usage. */
function settle(command: Command, settings: Settings): ServerConfig {
  try {
    return resolveServerConfig(settings);
  } catch (reason) {
    const error = StatusError.from(reason);
    if (error.code === Code.InvalidArgument) {
      command.error(`tensorfleet: ${error.message}`);
    }
    throw error;
  }
}

async function serve(config: ServerConfig, withoutEffect: readonly string[], terminal: Terminal): Promise<void> {
  await checkFolder(config);
  const log = createLogger(config.log_level, { format: config.log_format });
  if (withoutEffect.length > 0) {
    log.warn({ settings: withoutEffect }, `${withoutEffect.join(', ')}: accepted, without effect here`);
  }
  const onListening = (ports: ServerPorts): void => {
    if (terminal.out.isTerminal) {
      terminal.out.line(listeningLine(config, ports));
    }
  };
  await runModelServer(config, { log, onListening }).catch((reason: unknown) => {
    throw sayPortInUse(reason, 'stop it, or choose others with --port and --rest_api_port');
  });
}

/** The server itself waits for a folder that appears later; who types its name wants to hear of a mistake. */
async function checkFolder({ model_repository, model_base_path, model_config_file }: ServerConfig): Promise<void> {
  if (model_config_file !== '') {
    return;
  }
  const isSingle = model_base_path !== '';
  const place = parsePlace(isSingle ? model_base_path : model_repository);
  if (place.kind === 'store') {
    return; // the server says what the store says
  }
  const { path } = place;
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isDirectory() !== true) {
    const [flag, layout] = isSingle ? ['model_base_path', '<version>'] : ['model_repository', '<model>/<version>'];
    throw notFound(`there is no directory ${path}`, {
      [NEXT_STEP]: `--${flag} names the one that holds ${layout}`,
    });
  }
}

/** One line for people; programs read the log. */
export function listeningLine(config: ServerConfig, { grpc, rest }: ServerPorts): string {
  const scheme = config.rest_api_ssl_config_file === '' ? 'http' : 'https';
  const parts = [
    ...(config.grpc_socket_path === '' ? [] : [`gRPC on unix:${config.grpc_socket_path}`]),
    ...(grpc === undefined ? [] : [`gRPC on ${config.host}:${grpc}`]),
    ...(rest === undefined ? [] : [`REST on ${scheme}://${config.host}:${rest}`]),
  ];
  const models = config.model_config_file || config.model_base_path || config.model_repository;
  return `tensorfleet serves ${models}: ${parts.join(', ')}; Ctrl-C drains and ends it`;
}
