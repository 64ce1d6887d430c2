import {
  type Clock,
  failedPrecondition,
  invalidArgument,
  notFound,
  StatusError,
  type Version,
} from '@tensorfleet/core';
import { checkModelName } from '@tensorfleet/repository';
import type { AspiredVersions, Loader, Source } from '../lifecycle/servable.ts';
import { ModelPoller } from './model-poller.ts';
import type { IndexChange, ModelRepository, ModelVersion } from './model-repository.ts';
import { Repeater, type RunOutcome } from './repeater.ts';
import { type RepositoryLog, SILENT_LOG } from './repository-log.ts';
import { latest, type ServableVersionPolicy } from './servable-version-policy.ts';
import type { ModelState, WatchedModel } from './watched-model.ts';

/** Models that are found while others are polled once (interval 0) may come this much later. */
const SECOND_LIST_MS = 1_000;

export interface RepositorySourceOptions<T> {
  readonly repository: ModelRepository;
  /** `all`: every model that is found, each with `defaultPolicy`; otherwise these models. */
  readonly models: 'all' | ReadonlyMap<string, WatchedModel>;
  /** Default: the latest version. */
  readonly defaultPolicy?: ServableVersionPolicy;
  /** Cheap; called once for each version that becomes aspired. */
  readonly makeLoader: (version: ModelVersion) => Loader<T>;
  readonly clock: Clock;
  /**
   * Milliseconds between two scans of a model, default 1000. 0 polls once. A version without a manifest is found by
   * the second look at its files, which comes within a second of the first, whatever the interval.
   */
  readonly intervalMs?: number;
  /**
   * Whether a model keeps its last versions when its directory becomes empty or disappears, default true; otherwise
   * they are unloaded. A directory that cannot be read says nothing about its versions: they always stay.
   */
  readonly keepLastVersion?: boolean;
  /**
   * Versions of a model that labels in force name. They stay as they are, as those that a WatchedModel holds, unless the
   * policy names the versions that are served. Asked at every scan. Default: none.
   */
  readonly labelled?: (model: string) => readonly Version[];
  readonly log?: RepositoryLog;
}

type Listener<T> = (versions: AspiredVersions<T>) => void;

/**
 * Watches a ModelRepository. Each model is scanned, fails and backs off on its own.
 * Invariants: a name is emitted only when its list has changed; polling begins with the first subscriber.
 */
export class RepositorySource<T> implements Source<T>, AsyncDisposable {
  readonly #options: RepositorySourceOptions<T>;
  readonly #log: RepositoryLog;
  readonly #keepLastVersion: boolean;
  readonly #timing: { readonly clock: Clock; readonly intervalMs: number; readonly maxRuns: number };
  readonly #pollers = new Map<string, ModelPoller<T>>();
  readonly #listeners = new Set<Listener<T>>();
  readonly #onLook = new Set<(model: string) => void>();
  /** Pollers of dropped models whose last scan may still run. */
  readonly #closing = new Set<Promise<void>>();
  readonly #discovery: Repeater | undefined;
  #discoveryError: string | undefined;
  #news: Disposable | undefined;
  #started = false;
  #closed = false;

  constructor(options: RepositorySourceOptions<T>) {
    const { clock, intervalMs = 1_000, keepLastVersion = true, log = SILENT_LOG, models } = options;
    if (!Number.isFinite(intervalMs) || intervalMs < 0) {
      throw invalidArgument(`intervalMs is ${intervalMs}, it must be 0 or more`);
    }
    this.#options = options;
    this.#log = log;
    this.#keepLastVersion = keepLastVersion;
    const once = { clock, intervalMs: SECOND_LIST_MS, maxRuns: 1 };
    this.#timing = intervalMs === 0 ? once : { clock, intervalMs, maxRuns: Number.POSITIVE_INFINITY };
    if (models === 'all') {
      const maxRuns = this.#timing.maxRuns + 1;
      this.#discovery = new Repeater({ ...this.#timing, maxRuns, run: () => this.#discover() });
    } else {
      this.#setModels(models);
    }
  }

  /** A late subscriber is told at once what is aspired to now. */
  subscribe(onAspired: Listener<T>): Disposable {
    const listener: Listener<T> = (versions) => onAspired(versions); // so that one function may subscribe twice
    this.#listeners.add(listener);
    for (const [name, poller] of this.#pollers) {
      if (poller.loaders.length > 0) {
        listener({ name, versions: poller.loaders });
      }
    }
    this.#start();
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Of one model, if it is watched. */
  state(model: string): ModelState | undefined {
    return this.#pollers.get(model)?.state();
  }

  /** The models that are watched, by name, sorted. */
  models(): ReadonlyMap<string, ModelState> {
    const states = [...this.#pollers].map(([name, poller]) => [name, poller.state()] as const);
    return new Map(states.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /**
   * Replaces the set of models, for a source that was given one; takes effect with a scan that begins now. Dropped
   * models are unloaded, whatever `keepLastVersion` says.
   */
  configure(models: ReadonlyMap<string, WatchedModel>): void {
    if (this.#discovery !== undefined) {
      throw failedPrecondition('this source serves every model that it finds, it takes no list of models');
    }
    this.#setModels(models);
  }

  /** Calls `listener` after every scan of a model, and when one is dropped, until the result is disposed. */
  onLook(listener: (model: string) => void): Disposable {
    const entry = (model: string): void => listener(model);
    this.#onLook.add(entry);
    return { [Symbol.dispose]: () => void this.#onLook.delete(entry) };
  }

  /** As `ModelRepository.update`, for a watched model, which is looked at again after a change. */
  async update(model: string, change: IndexChange): Promise<boolean> {
    const { repository } = this.#options;
    const poller = this.#pollers.get(model);
    if (poller === undefined || repository.update === undefined) {
      const reason = poller === undefined ? 'it is not watched' : 'its repository has no index';
      throw failedPrecondition(`model "${model}" is not changed: ${reason}`, { model });
    }
    const changed = await repository.update(model, change, poller.basePath);
    if (changed) {
      void this.scanNow(model).catch(() => undefined); // `state` says how it went
    }
    return changed;
  }

  /** Looks at a watched model now; it is pending until then. */
  lookAgain(model: string): void {
    const poller = this.#pollers.get(model);
    poller?.lookAgain();
    if (this.#started) {
      void poller?.scanNow();
    }
  }

  /**
   * Scans now, at least once from the beginning. With a model: rejects with its error when the scan fails, NOT_FOUND
   * when it is not watched. Without: scans all, and their errors are in `models()`.
   */
  async scanNow(model?: string): Promise<void> {
    this.#options.repository.refresh();
    if (model === undefined || !this.#pollers.has(model)) {
      await this.#discovery?.runNow();
    }
    if (model === undefined) {
      await Promise.all([...this.#pollers.values()].map((poller) => poller.scanNow()));
      return;
    }
    const poller = this.#pollers.get(model);
    if (poller === undefined) {
      throw notFound(`model "${model}" is not watched`, { model });
    }
    await poller.scanNow();
    const { error } = poller.state();
    if (error !== undefined) {
      throw error;
    }
  }

  /** Stops all timers and emits nothing more; resolves when the scans that run are over. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    this.#onLook.clear();
    this.#news?.[Symbol.dispose]();
    await this.#discovery?.close();
    await Promise.all([...this.#pollers.values()].map((poller) => poller.close()));
    await Promise.all(this.#closing);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #start(): void {
    if (this.#closed) {
      return;
    }
    this.#started = true;
    this.#news ??= this.#options.repository.watch((model) => void this.#pollers.get(model)?.scanNow());
    this.#discovery?.start();
    for (const poller of this.#pollers.values()) {
      poller.start();
    }
  }

  async #discover(): Promise<RunOutcome> {
    try {
      const { repository, defaultPolicy = latest() } = this.#options;
      const names = new Set(await repository.models());
      for (const [name, poller] of this.#pollers) {
        if (this.#keepLastVersion && poller.loaders.length > 0) {
          names.add(name);
        }
      }
      this.#setModels(new Map([...names].map((name) => [name, { policy: defaultPolicy }])));
      this.#discoveryError = undefined;
      return 'ok';
    } catch (reason) {
      const { message } = StatusError.from(reason);
      if (message !== this.#discoveryError && !this.#closed) {
        this.#log.warn({}, `the models of the repository cannot be listed: ${message}`);
      }
      this.#discoveryError = message;
      return 'failed';
    }
  }

  #setModels(models: ReadonlyMap<string, WatchedModel>): void {
    if (this.#closed) {
      return;
    }
    for (const name of models.keys()) {
      checkModelName(name);
    }
    for (const [name, poller] of this.#pollers) {
      if (!models.has(name)) {
        this.#drop(name, poller);
      }
    }
    for (const [name, watch] of models) {
      this.#watch(name, watch);
    }
  }

  #watch(name: string, watch: WatchedModel): void {
    const known = this.#pollers.get(name);
    if (known !== undefined) {
      const changed = known.configure(watch);
      if (changed && this.#started) {
        void known.scanNow();
      }
      return;
    }
    const poller = new ModelPoller(name, watch, {
      ...this.#timing,
      repository: this.#options.repository,
      makeLoader: this.#options.makeLoader,
      keepLastVersion: this.#keepLastVersion,
      labelled: () => this.#options.labelled?.(name) ?? [],
      log: this.#log,
      emit: (model, loaders) => this.#emit({ name: model, versions: loaders }),
      onLook: () => this.#looked(name),
    });
    this.#pollers.set(name, poller);
    if (this.#started) {
      poller.start();
    }
  }

  #drop(name: string, poller: ModelPoller<T>): void {
    this.#pollers.delete(name);
    this.#options.repository.forget(name);
    const closing = poller.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    if (poller.loaders.length > 0) {
      this.#emit({ name, versions: [] });
    }
    this.#looked(name);
  }

  #looked(model: string): void {
    for (const listener of this.#onLook) {
      listener(model);
    }
  }

  #emit(versions: AspiredVersions<T>): void {
    for (const listener of this.#listeners) {
      listener(versions);
    }
  }
}
