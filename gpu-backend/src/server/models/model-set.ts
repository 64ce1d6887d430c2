import type { ModelServerConfig } from '@tensorfleet/codecs';
import {
  type Clock,
  Code,
  failedPrecondition,
  type Logger,
  PUBLIC,
  StatusError,
  unavailable,
  type Version,
} from '@tensorfleet/core';
import { formatServableId } from '../../lifecycle/servable.ts';
import type { StateMonitor } from '../../lifecycle/state-monitor.ts';
import type { ServableVersionPolicy } from '../../repository/servable-version-policy.ts';
import type { ModelState, WatchedModel } from '../../repository/watched-model.ts';
import type { RequestLogger, RequestLogSettings } from '../request-logger.ts';
import { modelVerdict, type Verdict, versionVerdict } from './load-verdict.ts';
import { checkModelConfigs, labelsOf, type ModelConfigs, requestLogsOf, watchedModel } from './model-configs.ts';
import { TurnQueue } from './turn-queue.ts';
import { untilDecided } from './until-decided.ts';
import type { LabelMap, VersionLabels } from './version-labels.ts';

/** What brings the versions of the configured models, and tells how that goes. */
export interface ModelSource {
  configure(models: ReadonlyMap<string, WatchedModel>): void;
  state(model: string): ModelState | undefined;
  lookAgain(model: string): void;
}

export interface ModelSetParts {
  readonly source: ModelSource;
  /** Its waiters must be asked again after every look of the source. */
  readonly monitor: StateMonitor;
  readonly labels: VersionLabels;
  readonly requestLogger: Pick<RequestLogger, 'configure'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of models whose configuration has none. */
  readonly defaultPolicy: ServableVersionPolicy;
  /** How long a reload waits for its models and the versions of its labels. */
  readonly reloadTimeoutMs: number;
  /** Whether a label that is new may name a version that is not available, and one that is in force go on doing so. */
  readonly allowsUnavailableLabels: boolean;
}

interface ConfiguredLabel {
  readonly model: string;
  readonly label: string;
  readonly version: Version;
}

/** Reloads that wait for others; more are refused. */
const MAX_WAITING_RELOADS = 16;
/** How long the answer waits for removed models to be gone; milliseconds. Requests that they still run may take longer. */
const REMOVAL_WAIT_MS = 2_000;

/**
 * The models that should be served, by the last configuration that was accepted, and the labels in force.
 *
 * - A configuration is applied as a whole or, when it is not valid, not at all; what it applies stays, whether
 *   everything loads or not.
 * - Labels change together, when every version that they name is available; else none does, and they are pending.
 * - A version that a label in force names stays loaded while that label is in force, through all reloads.
 */
export class ModelSet {
  readonly #parts: ModelSetParts;
  readonly #turns = new TurnQueue(MAX_WAITING_RELOADS);
  /** Undefined before the first list of models. */
  #models: ModelConfigs | undefined;
  #labelsArePending = false;
  readonly #closing = new AbortController();

  constructor(parts: ModelSetParts) {
    this.#parts = parts;
  }

  /** How requests are logged, by model. */
  get requestLogs(): ReadonlyMap<string, RequestLogSettings> {
    return requestLogsOf(this.#models ?? new Map());
  }

  /** Whether the labels in force are not those of the configuration. */
  get labelsArePending(): boolean {
    return this.#labelsArePending;
  }

  /**
   * Takes the first configuration. Its labels are in force at once: what they name is NOT_FOUND until it is loaded.
   * Throws INVALID_ARGUMENT when it is not valid.
   */
  start(config: ModelServerConfig): void {
    const models = checkModelConfigs(config, undefined);
    if (config.kind === 'list') {
      this.#apply(models, new Map());
      this.#parts.labels.configure(labelsOf(models));
    }
  }

  /**
   * Applies a configuration and resolves when all of it is served. Reloads take turns. Rejects
   * - with INVALID_ARGUMENT or FAILED_PRECONDITION for one that is not valid, which changes nothing,
   * - with UNAVAILABLE when too many reloads wait, or after the time that a reload has; the rest goes on loading,
   * - with the reason of `signal`, in the same way,
   * - with UNKNOWN when a new or moved model cannot be served, and FAILED_PRECONDITION when the version of a label is
   *   not available; the rest of the configuration is in force, but for the labels in the second case.
   */
  async reload(config: ModelServerConfig, signal: AbortSignal): Promise<void> {
    await this.#turns.take(async () => {
      this.#closing.signal.throwIfAborted();
      signal.throwIfAborted();
      const models = checkModelConfigs(config, this.#models);
      if (config.kind === 'list') {
        await this.#reload(models, signal);
      }
    });
  }

  /** Ends the reloads that wait, and refuses others, with UNAVAILABLE. Idempotent. */
  close(): void {
    this.#closing.abort(unavailable('the server is shutting down'));
  }

  async #reload(models: ModelConfigs, signal: AbortSignal): Promise<void> {
    const { log, labels } = this.#parts;
    const previous: ModelConfigs = this.#models ?? new Map();
    const wanted = labelsOf(models);
    this.#apply(models, labels.configured);
    this.#labelsArePending = true;
    const targets = this.#targetsOf(wanted);
    for (const { model } of targets.filter((target) => this.#verdictOf(target).kind === 'failed')) {
      this.#parts.source.lookAgain(model); // the version may be on the disk for less than an interval
    }
    const fresh = [...models.values()].filter(({ name, basePath }) => previous.get(name)?.basePath !== basePath);
    const names = fresh.map(({ name }) => name);
    await this.#decided(names, targets, signal);
    const failures = names.flatMap((name) => this.#failureOf(name));
    const refusals = targets.filter((target) => this.#verdictOf(target).kind !== 'served').map(refusalOf);
    if (refusals.length === 0) {
      labels.configure(wanted);
      this.#labelsArePending = false;
      this.#apply(models, new Map());
    }
    await this.#gone([...previous.keys()].filter((name) => !models.has(name)));
    throwProblems(failures, refusals);
    log.info({ models: models.size, added: names }, `the configuration of ${models.size} models is in force`);
  }

  #apply(models: ModelConfigs, held: LabelMap): void {
    const { source, defaultPolicy, requestLogger } = this.#parts;
    source.configure(
      new Map(
        [...models].map(([name, model]) => [
          name,
          watchedModel(model, defaultPolicy, [...new Set(held.get(name)?.values())]),
        ]),
      ),
    );
    this.#models = models;
    requestLogger.configure(requestLogsOf(models));
  }

  /** The labels whose versions must be available. */
  #targetsOf(wanted: LabelMap): readonly ConfiguredLabel[] {
    const { labels, allowsUnavailableLabels } = this.#parts;
    return [...wanted]
      .flatMap(([model, versions]) => [...versions].map(([label, version]) => ({ model, label, version })))
      .filter(({ model, label, version }) => {
        const current = labels.configured.get(model)?.get(label);
        return !(allowsUnavailableLabels && (current === undefined || current === version));
      });
  }

  #verdictOf({ model, version }: ConfiguredLabel): Verdict {
    return this.#judge(model, (state, states) => versionVerdict(version, state, states));
  }

  #modelVerdict(name: string): Verdict {
    return this.#judge(name, modelVerdict);
  }

  #judge(name: string, judge: (...facts: Parameters<typeof modelVerdict>) => Verdict): Verdict {
    const { source, monitor } = this.#parts;
    const state = source.state(name);
    return state === undefined ? { kind: 'pending' } : judge(state, monitor.states(name));
  }

  async #decided(names: readonly string[], targets: readonly ConfiguredLabel[], signal: AbortSignal): Promise<void> {
    const { clock, monitor, reloadTimeoutMs: timeoutMs } = this.#parts;
    const versions = targets.map((target) => ({
      what: formatServableId({ name: target.model, version: target.version }),
      verdict: () => this.#verdictOf(target),
    }));
    const models = names.map((name) => ({ what: name, verdict: () => this.#modelVerdict(name) }));
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    await untilDecided([...models, ...versions], { clock, monitor, timeoutMs, signal: ended });
  }

  /** Resolves when nothing of these models is loaded, or after a while. */
  async #gone(names: readonly string[]): Promise<void> {
    const { clock, monitor } = this.#parts;
    const isOver = new AbortController();
    using _timer = clock.schedule(REMOVAL_WAIT_MS, () => isOver.abort());
    const areGone = (): boolean =>
      names.every((name) =>
        monitor
          .states(name)
          .values()
          .every(({ state }) => state === 'end'),
      );
    await monitor.waitUntil(areGone, isOver.signal).catch(() => undefined); // the rest goes on by itself
  }

  /** Why a model is not served, as TensorFlow Serving says it. */
  #failureOf(name: string): readonly string[] {
    const verdict = this.#modelVerdict(name);
    if (verdict.kind !== 'failed') {
      return [];
    }
    const { version, error } = verdict;
    const id = version === undefined ? `{name: ${name}}` : formatServableId({ name, version });
    return [`{${id} due to error: ${error}}, `];
  }
}

function refusalOf({ model, version }: ConfiguredLabel): string {
  return `Request to assign label to version ${version} of model ${model}, which is not currently available for inference`;
}

function throwProblems(failures: readonly string[], refusals: readonly string[]): void {
  if (failures.length > 0) {
    const unserved = `${failures.length} model(s) did not become available: {${failures.join('')}}`;
    throw new StatusError(Code.Unknown, [unserved, ...refusals.slice(0, 1)].join('; '), { details: PUBLIC });
  }
  const [refusal] = refusals;
  if (refusal !== undefined) {
    throw failedPrecondition(refusal);
  }
}
