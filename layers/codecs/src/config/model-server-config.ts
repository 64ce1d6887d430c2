import { type Code, invalidArgument, type Version, version } from '@tensorfleet/core';
import { type EncodeOptions, encodeMessage, intField, messageField, stringField } from '../proto/fields.ts';
import { decodeConfigMessage } from './binary-message.ts';
import type { ValueOf } from './message-type.ts';
import {
  type ModelConfigMessage,
  ModelServerConfigMessage,
  ReloadConfigRequestMessage,
} from './model-server-messages.ts';
import { parseTextFormat } from './text-format.ts';

/** tensorflow.serving.ModelServerConfig. `custom` has no meaning here; `empty` is a config that sets neither. */
export type ModelServerConfig =
  | { readonly kind: 'list'; readonly models: readonly ModelConfig[] }
  | { readonly kind: 'custom' }
  | { readonly kind: 'empty' };

/** tensorflow.serving.ModelConfig as it was written: names may repeat, paths may be relative, both types may be set. */
export interface ModelConfig {
  readonly name: string;
  readonly basePath: string;
  /** Deprecated: 0 is unspecified, 1 TENSORFLOW, 2 OTHER. */
  readonly modelType: number;
  readonly modelPlatform: string;
  /** Undefined when none is set, which means the latest version. */
  readonly versionPolicy: ConfiguredVersionPolicy | undefined;
  readonly versionLabels: ReadonlyMap<string, Version>;
  readonly logging: LoggingConfig | undefined;
}

/** FileSystemStoragePathSourceConfig.ServableVersionPolicy; `count` 0 means 1. */
export type ConfiguredVersionPolicy =
  | { readonly kind: 'latest'; readonly count: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'specific'; readonly versions: readonly Version[] };

/** tensorflow.serving.LoggingConfig, as much of it as means something here. */
export interface LoggingConfig {
  /** LogCollectorConfig; undefined when it is not set. */
  readonly collector: { readonly type: string; readonly filenamePrefix: string } | undefined;
  /** Share of the requests that are logged, as written; 0 when it is not set. */
  readonly samplingRate: number;
}

/** tensorflow.serving.ReloadConfigRequest; `config` is undefined when it holds none. */
export interface ReloadConfigRequest {
  readonly config: ModelServerConfig | undefined;
  /** Metrics whose increase during the reload is wanted. */
  readonly metricNames: readonly string[];
}

/** tensorflow.serving.ReloadConfigResponse. */
export interface ReloadConfigResponse {
  readonly errorCode: Code;
  readonly errorMessage: string;
  readonly metrics?: readonly { readonly name: string; readonly increase: number }[];
}

/** The ModelServerConfig in a text; `place` says in errors where that is. Throws INVALID_ARGUMENT. */
export function modelServerConfigFromText(text: string, place: string): ModelServerConfig {
  return modelServerConfigOf(parseTextFormat(ModelServerConfigMessage, text, place));
}

export function decodeReloadConfigRequest(bytes: Uint8Array): ReloadConfigRequest {
  const { config, metric_names } = decodeConfigMessage(ReloadConfigRequestMessage, bytes);
  return { config: config && modelServerConfigOf(config), metricNames: metric_names };
}

/** The status is written when it is OK, too, as TensorFlow Serving does. */
export function encodeReloadConfigResponse(
  { errorCode, errorMessage, metrics = [] }: ReloadConfigResponse,
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  const fields = [
    messageField(1, [intField(1, errorCode), stringField(2, errorMessage)]),
    ...metrics.map(({ name, increase }) => messageField(2, [stringField(1, name), intField(2, increase)])),
  ];
  return encodeMessage(fields, options);
}

type ModelConfigValue = ValueOf<typeof ModelConfigMessage>;

function modelServerConfigOf(message: ValueOf<typeof ModelServerConfigMessage>): ModelServerConfig {
  if (message.custom_model_config) {
    return { kind: 'custom' };
  }
  const list = message.model_config_list;
  return list === undefined ? { kind: 'empty' } : { kind: 'list', models: list.config.map(modelConfigOf) };
}

function modelConfigOf(message: ModelConfigValue): ModelConfig {
  const { name } = message;
  return {
    name,
    basePath: message.base_path,
    modelType: message.model_type,
    modelPlatform: message.model_platform,
    versionPolicy: versionPolicyOf(name, message.model_version_policy),
    versionLabels: new Map(
      Array.from(message.version_labels, ([label, number]) => [label, versionOf(number, `the label "${label}"`, name)]),
    ),
    logging: loggingOf(message.logging_config),
  };
}

function versionPolicyOf(
  name: string,
  policy: ModelConfigValue['model_version_policy'],
): ConfiguredVersionPolicy | undefined {
  if (policy?.latest !== undefined) {
    return { kind: 'latest', count: policy.latest.num_versions };
  }
  if (policy?.specific !== undefined) {
    const versions = policy.specific.versions.map((number) => versionOf(number, 'the policy specific', name));
    return { kind: 'specific', versions };
  }
  return policy?.all === undefined ? undefined : { kind: 'all' };
}

function loggingOf(logging: ModelConfigValue['logging_config']): LoggingConfig | undefined {
  if (logging === undefined) {
    return undefined;
  }
  const { log_collector_config: collector, sampling_config: sampling } = logging;
  return {
    collector: collector && { type: collector.type, filenamePrefix: collector.filename_prefix },
    samplingRate: sampling?.sampling_rate ?? 0,
  };
}

function versionOf(number: number, what: string, model: string): Version {
  if (number < 0) {
    throw invalidArgument(`${what} of model "${model}" names the version ${number}; versions are numbers from 0 on`);
  }
  return version(number);
}
