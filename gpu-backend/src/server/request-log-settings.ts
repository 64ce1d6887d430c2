import type { ModelConfig } from '@tensorfleet/codecs';
import { invalidArgument } from '@tensorfleet/core';
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
