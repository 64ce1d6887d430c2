import { type Clock, invalidArgument, StatusError, unavailable, type Version } from '@tensorfleet/core';
import type { VersionAction, VersionSnapshot } from './aspired-version-policy.ts';
import type { HarnessState } from './harness-state.ts';
import { LoadGate } from './load-gate.ts';
import { LoaderHarness } from './loader-harness.ts';
import type { Manager } from './manager.ts';
import type { ResolvedManagerOptions } from './manager-options.ts';
import {
  type AspiredVersions,
  formatServableId,
  type Loader,
  type ServableHandle,
  type ServableId,
  type ServableRequest,
  type Source,
} from './servable.ts';
import { PUBLISHED_STATE, type StateListener, type StatePublisher } from './servable-state.ts';
import { ServableStream } from './servable-stream.ts';
import { ServingMap } from './serving-map.ts';
import { SourceSubscriptions } from './source-subscriptions.ts';
import { StateFeed } from './state-feed.ts';

export interface ManagerDependencies {
  readonly clock: Clock;
  /** Told of what no caller waits for: refused lists of versions, errors of listeners, sources, policies. Must not throw. */
  readonly onError: (error: StatusError) => void;
}

/**
 * Brings the versions that sources aspire to into service, one policy step at a time.
 *
 * - What a list of a name leaves out is unloaded; nothing is unloaded otherwise.
 * - A version that is managed keeps its loader; a failed one is loaded again only after it left the aspired
 *   set and came back, or when its loader brings another revision. A version that moves is loaded from its new place
 *   beside itself; its states are those of the new one from then on.
 * - Names wait for one another only for a load slot or for memory.
 * - Steps are taken in `reconcile` only, and every event that could allow one calls it: no polling.
 * - No step is taken while a state is being published, so that all listeners see one order.
 */
export class AspiredVersionsManager<T> implements Manager<T>, StatePublisher {
  readonly #options: ResolvedManagerOptions;
  readonly #clock: Clock;
  readonly #onError: (error: StatusError) => void;
  readonly #streams = new Map<string, ServableStream<T>>();
  readonly #serving = new ServingMap<T>();
  readonly #gate: LoadGate;
  readonly #feed: StateFeed;
  readonly #sources: SourceSubscriptions<T>;
  #closed: PromiseWithResolvers<void> | undefined;
  /** A step or a publication is on the stack. */
  #isBusy = false;
  #isStepWanted = false;

  constructor(options: ResolvedManagerOptions, { clock, onError }: ManagerDependencies) {
    this.#options = options;
    this.#clock = clock;
    this.#onError = onError;
    this.#gate = new LoadGate(options.maxConcurrentLoads, options.memoryLimitBytes);
    this.#feed = new StateFeed(onError);
    this.#sources = new SourceSubscriptions(onError, (versions) => this.#aspire(versions));
  }

  acquire(request: ServableRequest): ServableHandle<T> {
    this.#requireOpen();
    return this.#serving.acquire(request);
  }

  list(): readonly ServableId[] {
    return this.#serving.list();
  }

  /** Every managed version by name; a name is there until its last version is gone. */
  snapshots(): ReadonlyMap<string, readonly VersionSnapshot[]> {
    return new Map([...this.#streams].map(([name, stream]) => [name, stream.snapshots()]));
  }

  /** The estimates of everything that is loading, loaded, or not yet unloaded. */
  get reservedBytes(): number {
    return this.#gate.reservedBytes;
  }

  onState(listener: StateListener): Disposable {
    return this.#feed.onState(listener);
  }

  /** Follows `source` until the result is disposed; what it aspired to by then stays. Throws UNAVAILABLE after `close`. */
  subscribe(source: Source<T>): Disposable {
    this.#requireOpen();
    return this.#sources.add(source);
  }

  /** Takes every step that is possible now. Every event that allows one calls it; calling it at other times is harmless. */
  reconcile(): void {
    this.#isStepWanted = true;
    if (this.#isBusy) {
      return;
    }
    this.#isBusy = true;
    try {
      while (this.#isStepWanted) {
        this.#isStepWanted = false;
        this.#step();
      }
    } finally {
      this.#isBusy = false;
    }
    if (this.#streams.size === 0) {
      this.#closed?.resolve();
    }
  }

  close(): Promise<void> {
    if (this.#closed === undefined) {
      this.#closed = Promise.withResolvers();
      this.#sources.close();
      for (const stream of this.#streams.values()) {
        stream.aspire(new Map());
      }
      this.reconcile();
    }
    return this.#closed.promise;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #requireOpen(): void {
    if (this.#closed !== undefined) {
      throw unavailable('the server is shutting down');
    }
  }

  #aspire({ name, versions }: AspiredVersions<T>): void {
    const stranger = versions.find((loader) => loader.id.name !== name);
    if (stranger !== undefined) {
      const id = formatServableId(stranger.id);
      this.#onError(invalidArgument(`the aspired versions of ${name} contain ${id}; the whole list is refused`));
      return;
    }
    const stream = this.#streams.get(name) ?? new ServableStream<T>((loader) => this.#manage(loader));
    this.#streams.set(name, stream);
    stream.aspire(new Map<Version, Loader<T>>(versions.map((loader) => [loader.id.version, loader])));
    this.reconcile();
  }

  #manage(loader: Loader<T>): LoaderHarness<T> {
    const harness = new LoaderHarness(loader, this.#clock, this.#options, {
      onChange: (changed, from) => this.#onChange(changed, from),
      onProgress: () => this.reconcile(),
    });
    this.#publish(harness);
    return harness;
  }

  #step(): void {
    for (const [name, stream] of this.#streams) {
      stream.update();
      if (stream.isEmpty) {
        this.#streams.delete(name);
      }
    }
    const harnesses = [...this.#streams.values()].flatMap((stream) => [...stream.harnesses]);
    const chosen = this.#chooseNext();
    // unloads first: they free what loads need
    const stale = chosen.unload.filter((harness) => harness.state === 'ready' && !harness.aspired);
    for (const harness of stale) {
      harness.quiesce();
    }
    const fresh = chosen.load.filter((harness) => harness.state === 'new' && harness.aspired);
    const due = harnesses.filter((harness) => harness.isRetryDue);
    const hasStarted = this.#gate.startLoads([...fresh, ...due], harnesses);
    this.#isStepWanted ||= hasStarted || stale.length > 0;
  }

  /** What the policy does next, at most one version of each name. */
  #chooseNext(): Readonly<Record<VersionAction['kind'], readonly LoaderHarness<T>[]>> {
    const chosen: Record<VersionAction['kind'], LoaderHarness<T>[]> = { load: [], unload: [] };
    for (const stream of this.#streams.values()) {
      const action = this.#askPolicy(stream);
      const harness = action && stream.find(action);
      if (action !== undefined && harness !== undefined) {
        chosen[action.kind].push(harness);
      }
    }
    return chosen;
  }

  #askPolicy(stream: ServableStream<T>): VersionAction | undefined {
    try {
      return this.#options.policy(stream.snapshots());
    } catch (reason) {
      this.#onError(StatusError.from(reason));
      return undefined;
    }
  }

  #onChange(harness: LoaderHarness<T>, from: HarnessState): void {
    if (harness.state === 'ready' && harness.servable !== undefined) {
      this.#serving.add(harness.servable);
    }
    // to the outside quiescing and unloading are one state
    if (from !== 'quiescing') {
      this.#publish(harness);
    }
    if (harness.state === 'quiescing' && harness.servable !== undefined) {
      this.#serving.remove(harness.servable);
    }
  }

  #publish({ id, state, aspired, error, isSuperseded }: LoaderHarness<T>): void {
    if (isSuperseded) {
      return;
    }
    const wasBusy = this.#isBusy;
    this.#isBusy = true;
    this.#feed.publish({ id, state: PUBLISHED_STATE[state], aspired, error });
    this.#isBusy = wasBusy;
  }
}
