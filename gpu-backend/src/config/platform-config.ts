import {
  type BatchingParameters,
  batchingParametersOf,
  PlatformConfigMapMessage,
  parseTextFormat,
} from '@tensorfleet/codecs';
import { invalidArgument } from '@tensorfleet/core';
import type { ServerConfig } from './schema.ts';
import { readTextFile } from './text-file.ts';

const PLATFORM = 'tensorflow';
/** What a SessionBundleConfig may hold that has an effect here. */
const WITH_EFFECT: ReadonlySet<string> = new Set([
  'batching_parameters',
  'saved_model_tags',
  'enable_model_warmup',
  'model_warmup_options',
  'prefer_tflite_model',
  'enable_per_model_batching_params',
]);

export interface PlatformConfig {
  /** Settings that it overrules. */
  readonly settings: Partial<ServerConfig>;
  readonly batching: BatchingParameters | undefined;
  /** What is set in it and has no effect here. */
  readonly withoutEffect: readonly string[];
}

/** Reads `platform_config_file`. Throws a StatusError that names the flag, the file and what is wrong with it. */
export function readPlatformConfigFile(path: string): PlatformConfig {
  const { text, place } = readTextFile('platform_config_file', path);
  const { platform_configs: platforms } = parseTextFormat(PlatformConfigMapMessage, text, place);
  const tensorflow = platforms.get(PLATFORM);
  if (tensorflow === undefined) {
    throw invalidArgument(`platform_config_file: "${place}" has no platform "${PLATFORM}", the only one served here`);
  }
  const others = [...platforms.keys()].filter((name) => name !== PLATFORM).map((name) => `platform_configs "${name}"`);
  const bundle = tensorflow.source_adapter_config?.legacy_config;
  if (bundle === undefined) {
    return { settings: {}, batching: undefined, withoutEffect: others };
  }
  const batching = bundle.batching_parameters && batchingParametersOf(bundle.batching_parameters);
  const iterations = bundle.model_warmup_options?.num_request_iterations?.value;
  return {
    settings: {
      enable_model_warmup: bundle.enable_model_warmup,
      prefer_tflite_model: bundle.prefer_tflite_model,
      enable_per_model_batching_parameters: bundle.enable_per_model_batching_params,
      ...(bundle.saved_model_tags.length > 0 && { saved_model_tags: bundle.saved_model_tags }),
      ...(iterations !== undefined && { num_request_iterations_for_warmup: Math.max(iterations, 0) }),
      ...(batching !== undefined && { enable_batching: true }),
    },
    batching,
    withoutEffect: [...others, ...Object.keys(bundle).filter((name) => isSet(bundle, name))],
  };
}

/** Of what has no effect only that is known: whether it is set. */
function isSet(bundle: Readonly<Record<string, unknown>>, name: string): boolean {
  return !WITH_EFFECT.has(name) && bundle[name] === true;
}
