import { MonitoringConfigMessage, parseTextFormat } from '@tensorfleet/codecs';
import { invalidArgument } from '@tensorfleet/core';
import type { BatchPolicyOptions } from '../batching/batch-policy.ts';
import { batchingWithoutEffect, batchPolicyOptions, readBatchingParametersFile } from './batching-parameters.ts';
import { readPlatformConfigFile } from './platform-config.ts';
import type { ServerConfig } from './schema.ts';
import { readSslConfigFile, type SslConfig } from './ssl-config.ts';
import { readTextFile } from './text-file.ts';

/** What the files hold that a configuration names, but for the list of models. */
export interface ServingFiles {
  /** The configuration with what platform_config_file overrules. */
  readonly config: ServerConfig;
  /** Undefined when no file has any. */
  readonly batching: BatchPolicyOptions | undefined;
  /** A second path of the metrics. */
  readonly metricsPath: string | undefined;
  readonly grpcTls: SslConfig | undefined;
  readonly restTls: SslConfig | undefined;
  /** What is set in them and has no effect here. */
  readonly withoutEffect: readonly string[];
}

/** Reads them all, once. Throws a StatusError that names the flag, the file and what is wrong with it. */
export function readServingFiles(config: ServerConfig): ServingFiles {
  const platform = whenSet(config.platform_config_file, readPlatformConfigFile);
  const batching = platform?.batching ?? whenSet(config.batching_parameters_file, readBatchingParametersFile);
  return {
    config: Object.freeze({ ...config, ...platform?.settings }),
    batching: batching && batchPolicyOptions(batching),
    metricsPath: whenSet(config.monitoring_config_file, readMonitoringConfigFile),
    grpcTls: whenSet(config.ssl_config_file, (path) => readSslConfigFile('ssl_config_file', path)),
    restTls: whenSet(config.rest_api_ssl_config_file, (path) => readSslConfigFile('rest_api_ssl_config_file', path)),
    withoutEffect: [
      ...(platform?.withoutEffect ?? []),
      ...(batching === undefined ? [] : batchingWithoutEffect(batching)),
    ],
  };
}

function whenSet<T>(path: string, read: (path: string) => T): T | undefined {
  return path === '' ? undefined : read(path);
}

/** The path of the metrics beside the usual one; undefined when the file names none. */
function readMonitoringConfigFile(file: string): string | undefined {
  const { text, place } = readTextFile('monitoring_config_file', file);
  const { enable = false, path = '' } = parseTextFormat(MonitoringConfigMessage, text, place).prometheus_config ?? {};
  if (!enable || path === '') {
    return undefined;
  }
  if (!path.startsWith('/')) {
    throw invalidArgument(`monitoring_config_file: the path "${path}" in "${place}" must begin with a slash`);
  }
  return path;
}
