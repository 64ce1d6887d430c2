import { isAbsolute } from 'node:path';
import type { ModelConfig, ModelServerConfig } from '@tensorfleet/codecs';
import { failedPrecondition, invalidArgument, StatusError } from '@tensorfleet/core';
import { checkModelName } from '@tensorfleet/repository';
import { formatPlace, parsePlace, splitStoreUrl } from '../../repository/base-path.ts';
import { latest, type ServableVersionPolicy, specific } from '../../repository/servable-version-policy.ts';
import type { WatchedModel } from '../../repository/watched-model.ts';
import { requestLogSettings } from '../request-log-settings.ts';
import type { RequestLogSettings } from '../request-logger.ts';
import type { LabelMap } from './version-labels.ts';

/** Names of model platforms. They say nothing: what a version is made of is seen from its files. */
const PLATFORMS: ReadonlySet<string> = new Set(['tensorflow', 'onnx', 'tflite', 'tfjs']);
const MODEL_TYPE = { unspecified: 0, tensorflow: 1 } as const;
const URI_SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//;

/** The models of a configuration, by name. */
export type ModelConfigs = ReadonlyMap<string, ModelConfig>;

/**
 * The models of `next` when it may follow `previous`, undefined before the first list. An empty configuration is no
 * list, and lists nothing as the first one. Throws INVALID_ARGUMENT and FAILED_PRECONDITION in TensorFlow Serving's
 * words.
 */
export function checkModelConfigs(next: ModelServerConfig, previous: ModelConfigs | undefined): ModelConfigs {
  if (next.kind !== 'list' && previous !== undefined) {
    throw failedPrecondition(
      'Cannot transition to requested config. It is only legal to transition from one ModelConfigList to another.',
    );
  }
  if (next.kind === 'custom') {
    throw invalidArgument('custom_model_config is not supported, models are listed in model_config_list');
  }
  const models = new Map<string, ModelConfig>();
  for (const model of next.kind === 'list' ? next.models : []) {
    if (models.has(model.name)) {
      throw invalidArgument(`Illegal to list model ${model.name} multiple times in config list`, { model: model.name });
    }
    models.set(model.name, model);
  }
  for (const model of models.values()) {
    checkModelConfig(model, previous?.get(model.name));
  }
  return models;
}

function checkModelConfig(model: ModelConfig, previous: ModelConfig | undefined): void {
  const { name } = model;
  checkBasePath(model);
  checkModelName(name);
  requestLogSettings(model);
  const platform = platformOf(model);
  if (previous !== undefined && platformOf(previous) !== platform) {
    throw invalidArgument(
      `Illegal to change a model's platform. For model ${name} platform was ${platformOf(previous)} and new platform requested is ${platform}`,
      { model: name },
    );
  }
  if (!PLATFORMS.has(platform)) {
    throw invalidArgument(`Model ${name} requests unsupported platform ${platform}`, { model: name });
  }
}

function checkBasePath({ name, basePath }: ModelConfig): void {
  if (basePath.includes('\0')) {
    throw invalidArgument(`the base_path of model ${name} contains a null character`, { model: name });
  }
  if (!isAbsolute(basePath) && !URI_SCHEME.test(basePath)) {
    throw invalidArgument(`Expected model ${name} to have an absolute path or URI; got base_path()=${basePath}`, {
      model: name,
    });
  }
  try {
    const place = parsePlace(basePath);
    if (place.kind === 'store') {
      splitStoreUrl(place.url);
    }
  } catch (reason) {
    throw invalidArgument(`model ${name} has the base_path ${basePath}: ${StatusError.from(reason).message}`, {
      model: name,
    });
  }
}

/** Throws INVALID_ARGUMENT unless exactly one of type and platform is set. */
function platformOf({ name, modelType: type, modelPlatform: platform }: ModelConfig): string {
  const fields = 'ModelServerConfig::model_type (deprecated)';
  if (type !== MODEL_TYPE.unspecified && platform !== '') {
    throw invalidArgument(
      `Illegal setting both ${fields} and ModelServerConfig::model_platform, model name is ${name}`,
      { model: name },
    );
  }
  if (platform !== '') {
    return platform;
  }
  if (type === MODEL_TYPE.unspecified) {
    throw invalidArgument(
      `Illegal setting neither ${fields} nor ModelServerConfig::model_platform, model name is ${name}`,
      { model: name },
    );
  }
  if (type !== MODEL_TYPE.tensorflow) {
    throw invalidArgument(`ModelServerConfig::model_type choice ${type} not supported.`, { model: name });
  }
  return 'tensorflow';
}

/** How the source is to watch a model; `held` as there. */
export function watchedModel(
  { basePath, versionPolicy }: ModelConfig,
  defaultPolicy: ServableVersionPolicy,
  held: WatchedModel['held'] = [],
): WatchedModel {
  return { policy: policyOf(versionPolicy) ?? defaultPolicy, basePath: formatPlace(parsePlace(basePath)), held };
}

function policyOf(policy: ModelConfig['versionPolicy']): ServableVersionPolicy | undefined {
  switch (policy?.kind) {
    case 'latest':
      return latest(policy.count);
    case 'specific':
      return specific(policy.versions);
    default:
      return policy;
  }
}

export function labelsOf(models: ModelConfigs): LabelMap {
  return new Map([...models].map(([name, { versionLabels }]) => [name, versionLabels]));
}

/** Of the models whose configuration says how their requests are logged. */
export function requestLogsOf(models: ModelConfigs): ReadonlyMap<string, RequestLogSettings> {
  const settings = new Map<string, RequestLogSettings>();
  for (const model of models.values()) {
    const own = requestLogSettings(model);
    if (own !== undefined) {
      settings.set(model.name, own);
    }
  }
  return settings;
}
