import { notFound, StatusError, type Version, version } from '@tensorfleet/core';
import type { LabelTarget, ModelRouting } from '@tensorfleet/repository';
import { AspiredVersionsManager } from '../../../../gpu-backend/src/lifecycle/aspired-versions-manager.ts';
import { resolveManagerOptions } from '../../../../gpu-backend/src/lifecycle/manager-options.ts';
import type { ServableHandle } from '../../../../gpu-backend/src/lifecycle/servable.ts';
import { StateMonitor } from '../../../../gpu-backend/src/lifecycle/state-monitor.ts';
import type { ModelServable } from '../../../../gpu-backend/src/model/model-servable.ts';
import type {
  FoundVersions,
  ModelRepository,
  ModelVersion,
} from '../../../../gpu-backend/src/repository/model-repository.ts';
import { RepositorySource } from '../../../../gpu-backend/src/repository/repository-source.ts';
import { latest, type ServableVersionPolicy } from '../../../../gpu-backend/src/repository/servable-version-policy.ts';
import { PublishedLabels } from '../../../../gpu-backend/src/server/models/published-labels.ts';
import { VersionLabels } from '../../../../gpu-backend/src/server/models/version-labels.ts';
import { ServerCore } from '../../../../gpu-backend/src/server/server-core.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { FakeLoader, settle } from '../../../fakes/fake-loader.ts';
import { silentLog } from '../../../support/silent-log.ts';

/** Label to version, or to weights by version. */
export type Labels = Readonly<Record<string, number | Readonly<Record<number, number>>>>;

interface Options {
  readonly policy?: ServableVersionPolicy;
  readonly keepLastVersion?: boolean;
}

/** The model `m` of a repository with routing: a real source, manager and core; loads end when the test says so. */
export class RoutedModels implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly log = silentLog();
  readonly labels = new VersionLabels();
  readonly manager: AspiredVersionsManager<string>;
  readonly monitor: StateMonitor;
  readonly source: RepositorySource<string>;
  readonly published: PublishedLabels;
  readonly core: ServerCore;
  readonly #loaders = new Map<Version, FakeLoader>();
  readonly #versions = new Map<number, ModelVersion>();
  #found: FoundVersions | undefined;
  /** What requests without a key draw. */
  unit = 0;

  constructor({ policy = latest(), keepLastVersion = true }: Options = {}) {
    const { clock, log, labels } = this;
    const managing = resolveManagerOptions({ maxConcurrentLoads: 4, maxLoadRetries: 0 });
    this.manager = new AspiredVersionsManager<string>(managing, {
      clock,
      onError: (error) => log.error({}, error.message),
    });
    this.monitor = new StateMonitor(this.manager);
    const { monitor } = this;
    this.source = new RepositorySource<string>({
      repository: this.#repository(),
      models: new Map([['m', { policy }]]),
      makeLoader: (found) => this.#loaderOf(found),
      labelled: (model) => labels.versionsHeldFor(model),
      ...{ clock, keepLastVersion },
    });
    const { source } = this;
    this.published = new PublishedLabels({ source, monitor, labels, log });
    this.source.onLook((model) => this.published.looked(model));
    this.manager.onState(({ id }) => this.published.stateChanged(id.name));
    this.core = new ServerCore({
      // as: nothing here looks at what a servable is
      manager: this.manager as unknown as AspiredVersionsManager<ModelServable>,
      ...{ monitor, clock, labels },
      configuredModels: () => [...source.models().keys()],
      observer: { requestStarted: () => undefined, requestDone: () => undefined },
      pendingLabels: (model) => this.published.pending(model),
      random: () => this.unit,
    });
    this.manager.subscribe(this.source);
  }

  /** What the next looks find; one of them happens. Without versions: there is no such model. */
  async publish(versions: readonly number[], labels?: Labels, routing: Partial<ModelRouting> = {}): Promise<void> {
    this.#found = {
      complete: versions.map((number) => this.#versionOf(number)),
      settling: [],
      ...(labels !== undefined && { routing: { ...routing, labels: targetsOf(labels) } }),
    };
    if (versions.length === 0) {
      this.#found = undefined;
    }
    await this.look();
  }

  async look(): Promise<void> {
    await this.source.scanNow();
    await settle();
  }

  async loaded(...versions: readonly number[]): Promise<void> {
    for (const number of versions) {
      await this.#loaders.get(version(number))?.finishLoad();
    }
    await settle();
  }

  async failed(number: number, error: StatusError): Promise<void> {
    await this.#loaders.get(version(number))?.failLoad(error);
    await settle();
  }

  /** What is loaded now. */
  get served(): readonly number[] {
    return this.manager.list().map((id) => id.version);
  }

  acquire(versionLabel?: string, key?: string): ServableHandle<unknown> {
    return this.core.acquire({ name: 'm', ...(versionLabel !== undefined && { versionLabel }) }, key);
  }

  /** The version that answers, or the error. */
  answer(versionLabel?: string, key?: string): number | string {
    try {
      using handle = this.acquire(versionLabel, key);
      return handle.id.version;
    } catch (reason) {
      return String(StatusError.from(reason));
    }
  }

  get logged(): readonly string[] {
    return this.log.lines.map(({ level, text }) => `${level}: ${text}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.close();
    const closed = this.manager.close();
    for (const loader of this.#loaders.values()) {
      await loader.finishLoad();
      loader.isAutomatic = true;
      await loader.finishUnload();
    }
    await closed;
    this.monitor[Symbol.dispose]();
  }

  #repository(): ModelRepository {
    return {
      models: async () => ['m'],
      scan: async () => {
        if (this.#found === undefined) {
          throw notFound('there is no model m');
        }
        return this.#found;
      },
      forget: () => undefined,
      refresh: () => undefined,
      update: async () => false,
      watch: () => ({ [Symbol.dispose]: () => undefined }),
    };
  }

  #versionOf(number: number): ModelVersion {
    const known = this.#versions.get(number);
    const created = known ?? { model: 'm', version: version(number), directory: `/m/${number}`, bytes: 1 };
    this.#versions.set(number, created);
    return created;
  }

  #loaderOf(found: ModelVersion): FakeLoader {
    const loader = new FakeLoader(found.model, found.version);
    const unload = loader.unload.bind(loader);
    loader.unload = async (servable) => {
      const unloading = unload(servable);
      await loader.finishUnload();
      await unloading;
    };
    this.#loaders.set(found.version, loader);
    return loader;
  }
}

export function targetsOf(labels: Labels): ReadonlyMap<string, LabelTarget> {
  return new Map(
    Object.entries(labels).map(([label, target]) => [
      label,
      typeof target === 'number'
        ? version(target)
        : new Map(Object.entries(target).map(([number, weight]) => [version(Number(number)), weight])),
    ]),
  );
}
