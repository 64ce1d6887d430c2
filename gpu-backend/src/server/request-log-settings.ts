import { dirname, resolve } from 'node:path';
import type { ModelConfig, ModelServerConfig } from '@tensorfleet/codecs';
import { invalidArgument, permissionDenied } from '@tensorfleet/core';
import type { RequestLogSettings } from './request-logger.ts';

/** Types of LogCollectorConfig; the empty one is what most configurations have. */
const COLLECTOR_TYPES: ReadonlySet<string> = new Set(['', 'file']);

/** What the logging_config of a model says; undefined when it has none. Throws INVALID_ARGUMENT for one that cannot be. */
export function requestLogSettings({ name, logging }: ModelConfig): RequestLogSettings | undefined {
  if (logging === undefined) {
    return undefined;
  }
  const { collector, samplingRate: rate } = logging;
  const { type, filenamePrefix: prefix } = collector ?? { type: '', filenamePrefix: '' };
  const refusal = (problem: string) =>
    invalidArgument(`the logging_config of model ${name} ${problem}`, { model: name });
  if (!COLLECTOR_TYPES.has(type)) {
    throw refusal(`has a log_collector_config of type "${type}", only "file" is known`);
  }
  if (!(rate >= 0 && rate <= 1)) {
    throw refusal(`has the sampling_rate ${rate}, it must be from 0 to 1`);
  }
  if (prefix === '' && rate > 0) {
    throw refusal('has no log_collector_config with a filename_prefix');
  }
  if (prefix.includes('\0')) {
    throw refusal('has a filename_prefix with a null character');
  }
  return { prefix, rate };
}

/**
 * Throws PERMISSION_DENIED for a reload request that has requests logged to files of its own choice: in force already,
 * or in the folder of the server's own log (`ownPrefix`, empty for none).
 */
export function checkRequestedLogs(
  config: ModelServerConfig,
  inForce: ReadonlyMap<string, RequestLogSettings>,
  ownPrefix: string,
): void {
  const known = new Set(Array.from(inForce.values(), ({ prefix }) => prefix));
  const folder = ownPrefix === '' ? undefined : dirname(resolve(ownPrefix));
  for (const model of config.kind === 'list' ? config.models : []) {
    const { prefix, rate } = requestLogSettings(model) ?? { prefix: '', rate: 0 };
    if (rate > 0 && !known.has(prefix) && dirname(resolve(prefix)) !== folder) {
      throw permissionDenied(
        `the logging_config of model ${model.name} has the filename_prefix "${prefix}"; a reload request may name ` +
          `${folder === undefined ? 'none, since the server has no request_log_filename_prefix' : `files in "${folder}" only`}`,
        { model: model.name },
      );
    }
  }
}
