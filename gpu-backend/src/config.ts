import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { invalidArgument, notFound, StatusError } from '@tensorfleet/core';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { DEFAULT_BATCH_POLICY } from './batching/batch-policy.ts';
import { type Environment, selectEnvironment } from './engine/tensorflow/environment.ts';
import { ENGINE_SETTINGS } from './model/engine-choice.ts';
import { parseServableVersionPolicy, type ServableVersionPolicy } from './repository/servable-version-policy.ts';

/** A boolean, in a file or as text. */
const flag = z.union([z.boolean(), z.stringbool()]).meta({ type: 'boolean' });
const port = z.coerce.number().int().min(0).max(65535);
const count = z.coerce.number().int().min(1);
const seconds = z.coerce.number().min(0).max(86_400);
const megabytes = z.coerce.number().int().min(1).max(4095); // a gRPC frame's length has 32 bits

function parsedPolicy(text: string, context: z.RefinementCtx): ServableVersionPolicy {
  try {
    return parseServableVersionPolicy(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: StatusError.from(error).message });
    return z.NEVER;
  }
}

/**
 * Everything the model server can be told, with its default, bounds and meaning: the one list behind the flags of
 * `tensorfleet serve`, the keys of `--config` and the table in the README. Names are TensorFlow Serving's where it
 * has them.
 */
export const serverConfigSchema = z.strictObject({
  host: z.string().default('0.0.0.0').describe('address to listen on'),
  port: port.default(8500).describe('gRPC port; 0 disables gRPC'),
  rest_api_port: port.default(8501).describe('REST and metrics port; 0 disables REST'),
  model_repository: z
    .string()
    .default('')
    .describe('directory <root>/<model>/<version>; serves every model found there'),
  model_name: z.string().default('default').describe('name of the one model under --model_base_path'),
  model_base_path: z.string().default('').describe("directory of one model's versions"),
  model_version_policy: z
    .string()
    .default('latest')
    .transform(parsedPolicy)
    .describe('which versions of a model are served: latest, latest:2, all, or specific:3,5'),
  on_empty_directory: z
    .enum(['keep', 'unload'])
    .default('keep')
    .describe('what becomes of the served versions when the directory of their model is empty or gone'),
  file_system_poll_wait_seconds: seconds
    .default(1)
    .describe('seconds between two looks at a model; each model on its own'),
  aspired_version_policy: z
    .enum(['availability_preserving', 'resource_preserving'])
    .default('availability_preserving')
    .describe('load the new version before the old one goes, or after'),
  num_load_threads: count.max(64).default(1).describe('versions that load at the same time'),
  max_num_load_retries: z.coerce.number().int().min(0).max(1000).default(5).describe('attempts after a failed load'),
  load_retry_interval_micros: z.coerce
    .number()
    .int()
    .min(0)
    .default(60_000_000)
    .describe('microseconds between two attempts to load'),
  engine: z
    .enum(ENGINE_SETTINGS)
    .default('auto')
    .describe(
      'what runs SavedModels: onnx converts them, tensorflow needs TensorFlow on this machine, auto takes it for what cannot be converted; a manifest may say otherwise',
    ),
  saved_model_tags: z
    .string()
    .default('serve')
    .transform((text) => text.split(',').filter((tag) => tag !== ''))
    .describe('comma-separated tags of the graph in a SavedModel'),
  prefer_tflite_model: flag.default(false).describe('serve model.tflite of a version that holds a SavedModel, too'),
  conversion_cache_dir: z
    .string()
    .default('')
    .describe(
      'where converted SavedModels are kept; unset: a directory of this user below the one for temporary files',
    ),
  conversion_cache_megabytes: count
    .max(100_000_000)
    .default(10_240)
    .describe('beyond that the converted models leave that were not loaded for longest'),
  max_batch_size: count
    .max(1_000_000)
    .optional()
    .describe(
      `rows of one batch, ${DEFAULT_BATCH_POLICY.maxBatchSize} unless the manifest says otherwise; larger requests run in parts`,
    ),
  batch_timeout_micros: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe(
      'microseconds that a batch waits for company; unset or 0 runs what has arrived as soon as an executor is idle',
    ),
  max_enqueued_batches: count
    .max(1_000_000)
    .optional()
    .describe(
      `batches that may wait per version, ${DEFAULT_BATCH_POLICY.maxEnqueuedBatches} unless the manifest says otherwise; beyond: UNAVAILABLE`,
    ),
  workers_per_model: count.max(256).default(1).describe('worker threads per version that is too slow to run inline'),
  intra_op_threads: count.max(256).default(1).describe('threads inside one run of a model'),
  worker_timeout_seconds: seconds
    .min(0.1)
    .default(60)
    .describe('a run that takes longer costs its worker; its requests fail'),
  max_message_megabytes: megabytes.default(128).describe('largest gRPC message and REST body'),
  drain_timeout_seconds: seconds.default(20).describe('time that requests in flight have to finish after SIGTERM'),
  log_level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('least severe line to log'),
});

export type ServerConfig = z.infer<typeof serverConfigSchema>;

/** Checks settings that are together, file first, then flags. Throws INVALID_ARGUMENT with all problems at once. */
export function resolveServerConfig(...settings: readonly Readonly<Record<string, unknown>>[]): ServerConfig {
  const result = serverConfigSchema.safeParse(Object.assign({}, ...settings));
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'settings'}: ${issue.message}`);
    throw invalidArgument(`configuration is not valid: ${problems.join('; ')}`);
  }
  const config = result.data;
  if ((config.model_repository === '') === (config.model_base_path === '')) {
    throw invalidArgument('set either model_repository or model_base_path: one of them says where the models are');
  }
  if (config.port === 0 && config.rest_api_port === 0) {
    throw invalidArgument('port and rest_api_port are both 0: the server would listen nowhere');
  }
  if (config.port === config.rest_api_port) {
    throw invalidArgument(`port and rest_api_port are both ${config.port}: each protocol needs its own`);
  }
  return Object.freeze(config);
}

/** The settings in a YAML file. Throws NOT_FOUND, or INVALID_ARGUMENT with line and column. */
export async function readConfigFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw notFound(`configuration file ${resolve(path)} cannot be read`, { path }, error);
  });
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    throw invalidArgument(`configuration file ${resolve(path)} is not YAML: ${reason}`, { path }, error);
  }
  if (value === null || value === undefined) {
    return {};
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalidArgument(`configuration file ${resolve(path)} must hold key: value lines`, { path });
  }
  return value as Readonly<Record<string, unknown>>; // an object with string keys, by the checks above
}

/** The variables of this process that engines have a use for; plain data, so that it can be sent to a worker. */
export function readEngineEnvironment(environment: Environment = process.env): Environment {
  return selectEnvironment(environment);
}
