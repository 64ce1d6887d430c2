import { resolve } from 'node:path';
import { type Clock, type Logger, systemClock } from '@tensorfleet/core';
import manifest from '../package.json' with { type: 'json' };
import type { BatchPolicyOptions } from './batching/batch-policy.ts';
import { createListeners, type Listeners } from './compose-listeners.ts';
import { ServedModels } from './compose-models.ts';
import { ServedRepository } from './compose-repository.ts';
import { ServedRollouts } from './compose-rollouts.ts';
import { readVersionBatchingParameters } from './config/batching-parameters.ts';
import { readEngineEnvironment } from './config/environment.ts';
import type { ServerConfig } from './config/schema.ts';
import { readServingFiles, type ServingFiles } from './config/serving-files.ts';
import { CONVERTER_VERSION } from './engine/conversion/converter-version.ts';
import type { Environment } from './engine/tensorflow/environment.ts';
import { describeTensorFlow } from './engine/tensorflow/tensorflow-engine.ts';
import { availabilityPreserving, resourcePreserving } from './lifecycle/aspired-version-policy.ts';
import { AspiredVersionsManager } from './lifecycle/aspired-versions-manager.ts';
import { resolveManagerOptions } from './lifecycle/manager-options.ts';
import { observedLoader } from './lifecycle/observed-loader.ts';
import type { Loader } from './lifecycle/servable.ts';
import { formatServableId } from './lifecycle/servable.ts';
import { StateMonitor } from './lifecycle/state-monitor.ts';
import { createMemoryRelease } from './memory-release.ts';
import { emitCloudWatchMetrics } from './metrics/cloudwatch-metrics.ts';
import { LoadReport } from './metrics/load-report.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { ConversionCache } from './model/conversion/conversion-cache.ts';
import { ConversionThread } from './model/conversion/conversion-thread.ts';
import { createInlineTrial, type InlineTrial } from './model/inline-trial.ts';
import { createModelLoader, type ModelLoaderOptions } from './model/model-loader.ts';
import { createModelPreparer, type ModelPreparerOptions } from './model/model-preparer.ts';
import type { ModelServable } from './model/model-servable.ts';
import type { BatchingSettings } from './model/version-policy.ts';
import { privateCacheDirectory } from './private-cache-directory.ts';
import type { ModelVersion } from './repository/model-repository.ts';
import { RequestLog } from './request-log/request-log.ts';
import {
  labelShares,
  latestVersions,
  pendingLabels,
  queueDepths,
  versionStates,
} from './server/models/model-readings.ts';
import { checkRequestedLogs } from './server/request-log-settings.ts';
import { RequestLogger, type RequestLogSink } from './server/request-logger.ts';
import { ServerCore } from './server/server-core.ts';

export interface ModelServerDependencies {
  readonly log: Logger;
  readonly clock?: Clock;
  /** Entry of the inference threads. */
  readonly workerEntry?: URL;
  /** Takes the lines of `cloudwatch_metrics`, each with its end. Default: standard output. */
  readonly writeMetrics?: (line: string) => void;
}

/** Every part of a model server, wired and at rest. */
export interface ModelServerParts extends Listeners {
  readonly core: ServerCore;
  readonly manager: AspiredVersionsManager<ModelServable>;
  readonly monitor: StateMonitor;
  readonly models: ServedModels;
  readonly rollouts: ServedRollouts;
  readonly repository: ServedRepository;
  readonly trial: InlineTrial;
  readonly conversions: ConversionThread;
  readonly requestLog: RequestLog;
  /** What tells CloudWatch; undefined where that is not wanted. */
  readonly cloudWatch: Disposable | undefined;
}

const INFERENCE_WORKER = new URL('./model/inference-worker.ts', import.meta.url);
const BYTES_PER_MEGABYTE = 2 ** 20;
const MICROS_PER_MILLI = 1000;

/** The only place that knows all floors. */
export function composeModelServer(given: ServerConfig, dependencies: ModelServerDependencies): ModelServerParts {
  const { log, clock = systemClock, workerEntry = INFERENCE_WORKER } = dependencies;
  const files = readServingFiles(given);
  const { config, withoutEffect } = files;
  if (withoutEffect.length > 0) {
    log.warn({ settings: withoutEffect }, `in configuration files, without effect here: ${withoutEffect.join(', ')}`);
  }
  const manager = createManager(config, clock, log);
  const monitor = new StateMonitor(manager);
  const { metrics, report } = createObservers(config, clock, () => core);
  manager.onState(({ id, state }) => metrics.versionChanged(id, state === 'end'));
  const trial = createInlineTrial({ clock, timeoutMs: config.worker_timeout_seconds * 1000 });
  const environment = readEngineEnvironment();
  const conversions = new ConversionThread({ clock });
  const loaderOptions: ModelLoaderOptions = {
    ...loaderOptionsOf(files, metrics, log),
    ...{ clock, workerEntry, trial, environment },
    prepare: createModelPreparer(preparerOptionsOf(config, conversions, environment)),
  };
  const requestLog = createRequestLog(config, clock, metrics, log);
  const requestLogger = createRequestLogger(config, requestLog, log);
  const makeLoader = observedLoaderOf(loaderOptions, metrics);
  const served = new ServedRepository(config, { monitor, metrics, clock, log });
  const { repository } = served;
  const rollouts = new ServedRollouts({
    ...{ manager, metrics, clock, log },
    update: (model, change) => models.source.update(model, change),
    onRolledBack: (model) => models.looked(model),
  });
  const models = new ServedModels(config, { repository, monitor, makeLoader, requestLogger, rollouts, clock, log });
  manager.onState(({ id }) => models.stateChanged(id));
  const core = new ServerCore({
    manager,
    monitor,
    configuredModels: () => [...models.source.models().keys()],
    labels: models.labels,
    pendingLabels: (model) => models.published.pending(model),
    random: Math.random,
    reload: async (request, signal) => {
      checkRequestedLogs(request, models.set.requestLogs, config.request_log_filename_prefix);
      await models.set.reload(request, signal);
    },
    poll: (model) => models.poll(model),
    ...{ observer: rollouts.observer, mirror: rollouts.mirror, requestLogger, clock },
    checksMethodNames: config.enable_signature_method_name_check,
  });
  const listeners = createListeners(files, core, { metrics, clock, log });
  const cloudWatch = report && emitLoad(config, report, dependencies);
  return {
    ...{ core, manager, monitor, models, rollouts, repository: served, ...listeners },
    ...{ trial, conversions, requestLog, cloudWatch },
  };
}

interface Observers {
  readonly metrics: Metrics;
  /** For CloudWatch; undefined where that is not wanted. */
  readonly report: LoadReport | undefined;
}

function createObservers(config: ServerConfig, clock: Clock, core: () => ServerCore): Observers {
  const load = { queueDepths: () => queueDepths(core()), models: () => latestVersions(core()) };
  const report = config.cloudwatch_metrics ? new LoadReport(() => clock.now(), load) : undefined;
  const metrics = createMetrics({
    clock,
    version: manifest.version,
    ...load,
    versionStates: () => versionStates(core()),
    labelShares: () => labelShares(core()),
    pendingLabels: () => pendingLabels(core()),
    ...(report !== undefined && { load: report }),
  });
  return { metrics, report };
}

function emitLoad(config: ServerConfig, report: LoadReport, dependencies: ModelServerDependencies): Disposable {
  const { clock = systemClock, writeMetrics = (line) => void process.stdout.write(line) } = dependencies;
  return emitCloudWatchMetrics({
    clock,
    wallClock: Date.now,
    periodMs: config.cloudwatch_metrics_period_seconds * 1000,
    service: config.cloudwatch_metrics_service,
    stage: config.cloudwatch_metrics_stage,
    report,
    write: writeMetrics,
  });
}

function createRequestLog(config: ServerConfig, clock: Clock, metrics: Metrics, log: Logger): RequestLog {
  const maxTotalBytes = config.request_log_max_megabytes * BYTES_PER_MEGABYTE;
  return new RequestLog({ clock, wallClock: Date.now, log, maxTotalBytes, onRecords: metrics.requestsLogged });
}

function createRequestLogger(config: ServerConfig, sink: RequestLogSink, log: Logger): RequestLogger {
  const { request_log_filename_prefix: prefix, request_log_sampling_rate: rate } = config;
  return new RequestLogger({
    sink,
    defaults: prefix === '' ? undefined : { prefix, rate },
    savedModelTags: config.saved_model_tags,
    random: Math.random,
    wallClock: Date.now,
    log,
  });
}

function createManager(config: ServerConfig, clock: Clock, log: Logger): AspiredVersionsManager<ModelServable> {
  const policies = {
    availability_preserving: availabilityPreserving,
    resource_preserving: resourcePreserving,
  };
  const options = resolveManagerOptions({
    policy: policies[config.aspired_version_policy],
    maxConcurrentLoads: config.num_load_threads,
    maxLoadRetries: config.max_num_load_retries,
    loadRetryIntervalMs: config.load_retry_interval_micros / MICROS_PER_MILLI,
  });
  const manager = new AspiredVersionsManager<ModelServable>(options, {
    clock,
    onError: (error) => log.error({ error }, 'a version could not be managed'),
  });
  const releaseMemory = createMemoryRelease(clock);
  manager.onState(({ id, state, error, aspired }) => {
    if (state === 'end') {
      releaseMemory();
    }
    const facts = { model: id.name, version: id.version, state };
    // A version that nobody wants any more ends with the error of its cancelled or failed load: that is no news.
    if (error === undefined || !aspired) {
      log.info(facts, `${formatServableId(id)} is in state ${state}`);
    } else {
      log.warn({ ...facts, code: error.code }, `${formatServableId(id)} failed: ${error.message}`);
    }
  });
  return manager;
}

/** Makes loaders whose attempts are measured. */
function observedLoaderOf(
  options: ModelLoaderOptions,
  metrics: Metrics,
): (version: ModelVersion) => Loader<ModelServable> {
  return (version) => {
    const loader = createModelLoader(version, options);
    const { directory } = version;
    return observedLoader(loader, options.clock, (attempt) => metrics.loadDone(loader.id, { directory, ...attempt }));
  };
}

function loaderOptionsOf(
  { config, batching }: ServingFiles,
  metrics: Metrics,
  log: Logger,
): Omit<ModelLoaderOptions, 'clock' | 'workerEntry' | 'trial' | 'environment' | 'prepare'> {
  return {
    device: { ...config.device, threads: config.intra_op_threads },
    workersPerModel: config.workers_per_model,
    workerTimeoutMs: config.worker_timeout_seconds * 1000,
    batching: batchingSettingsOf(config, batching),
    readBatchingParameters: readVersionBatchingParameters,
    warmup: {
      enabled: config.enable_model_warmup,
      iterations: Math.max(config.num_request_iterations_for_warmup, 1),
      synthetic: config.synthetic_warmup,
      onFailure: config.warmup_failure,
      timeoutMs: config.warmup_timeout_seconds * 1000,
    },
    log,
    onWarmedUp: ({ model: name, version, directory }, report) => {
      const id = { name, version };
      log.info({ model: name, version, ...report }, `${formatServableId(id)} is warmed up`);
      metrics.warmupDone(id, { directory, records: report.records, durationMs: report.ms });
    },
    onBatch: (id, stats) => metrics.batchDone(id, stats),
    onPlaced: (id, { executor: { placement }, description: { loadMs }, prepared: { choice } }) =>
      log.info(
        { model: id.name, version: id.version, placement, loadMs, ...choice },
        `${formatServableId(id)} runs ${placement} on the engine ${choice.engine}: ${choice.reason}`,
      ),
    onWorkerLost: (id, reason) => {
      metrics.workerLost(id);
      log.error({ model: id.name, version: id.version, reason }, `a worker of ${formatServableId(id)} was lost`);
    },
  };
}

function batchingSettingsOf(config: ServerConfig, parameters: BatchPolicyOptions | undefined): BatchingSettings {
  const { max_batch_size, batch_timeout_micros, max_enqueued_batches } = config;
  return {
    isEnabled: config.enable_batching,
    isPerVersion: config.enable_per_model_batching_parameters,
    ...(parameters !== undefined && { parameters }),
    targetLatencyMs: config.target_latency_ms,
    overrides: {
      ...(max_batch_size !== undefined && { maxBatchSize: max_batch_size }),
      ...(batch_timeout_micros !== undefined && { batchTimeoutMs: batch_timeout_micros / MICROS_PER_MILLI }),
      ...(max_enqueued_batches !== undefined && { maxEnqueuedBatches: max_enqueued_batches }),
    },
  };
}

function preparerOptionsOf(
  config: ServerConfig,
  conversions: ConversionThread,
  environment: Environment,
): ModelPreparerOptions {
  const { engine, prefer_tflite_model, saved_model_tags: tags, conversion_cache_dir: directory } = config;
  return {
    engine,
    prefersTflite: prefer_tflite_model,
    tags,
    converter: CONVERTER_VERSION,
    cache: new ConversionCache({
      directory: directory === '' ? privateCacheDirectory('conversions') : resolve(directory),
      maxBytes: config.conversion_cache_megabytes * BYTES_PER_MEGABYTE,
      isPrivate: directory === '',
    }),
    convert: async (options, signal) => {
      await conversions.convert(options, signal);
    },
    tensorflow: () => describeTensorFlow(environment),
  };
}
