import { resolve } from 'node:path';
import type { Clock, Logger, Version } from '@tensorfleet/core';
import { openObjectStore } from '@tensorfleet/repository';
import { readStoreEnvironment } from './config/environment.ts';
import type { ServerConfig } from './config/schema.ts';
import type { StateMonitor } from './lifecycle/state-monitor.ts';
import type { Metrics } from './metrics/metrics.ts';
import { privateCacheDirectory } from './private-cache-directory.ts';
import { parsePlace } from './repository/base-path.ts';
import { createVersionCache } from './repository/cache/version-cache.ts';
import { createFsRepository } from './repository/fs-repository.ts';
import type { ModelRepository } from './repository/model-repository.ts';
import { ObjectRepository } from './repository/object/object-repository.ts';
import { RepositoryByPlace } from './repository/repository-by-place.ts';
import type { VersionFetcher } from './repository/version-fetcher.ts';

export interface ServedRepositoryDependencies {
  readonly monitor: StateMonitor;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Of files that no manifest lists; less than the time to the second look at them. */
const SETTLE_MS = 500;
/** Between two looks at an object store where models are looked for once: those that begin together share one. */
const ONCE_INTERVAL_MS = 1_000;
const BYTES_PER_MEGABYTE = 2 ** 20;

/** Where models come from: directories of this machine, and object stores that are opened when a model names them. */
export class ServedRepository implements AsyncDisposable {
  readonly repository: ModelRepository;
  readonly #config: ServerConfig;
  readonly #dependencies: ServedRepositoryDependencies;
  readonly #places: RepositoryByPlace;
  #cache: VersionFetcher | undefined;

  constructor(config: ServerConfig, dependencies: ServedRepositoryDependencies) {
    const { log, clock } = dependencies;
    this.#config = config;
    this.#dependencies = dependencies;
    const root = config.model_repository === '' ? undefined : parsePlace(config.model_repository);
    this.#places = new RepositoryByPlace({
      local: createFsRepository({
        ...(root?.kind === 'directory' && { root: root.path }),
        ...{ log, settleMs: SETTLE_MS, clock },
      }),
      ...(root?.kind === 'store' && { root: root.url }),
      open: (url) => this.#open(url),
    });
    this.repository = this.#places;
  }

  /** To be called when nothing reads the directories of versions any more. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#places[Symbol.asyncDispose]();
    await this.#cache?.close();
  }

  async #open(url: string): Promise<ObjectRepository> {
    const { metrics, clock, log } = this.#dependencies;
    const observer = metrics.store(url);
    const store = await openObjectStore(url, { environment: readStoreEnvironment(), observer: observer.requested });
    return new ObjectRepository({
      store,
      fetcher: this.#openCache(),
      ...{ clock, log, observer },
      random: Math.random,
      intervalMs: this.#config.file_system_poll_wait_seconds * 1000 || ONCE_INTERVAL_MS,
      settleMs: SETTLE_MS,
      isInUse: (model, version) => this.#isInUse(model, version),
    });
  }

  /** Workers read the files of a version again when one of them is replaced. */
  #isInUse(model: string, version: Version): boolean {
    const known = this.#dependencies.monitor.states(model).get(version);
    return known !== undefined && (known.aspired || known.state !== 'end');
  }

  #openCache(): VersionFetcher {
    const { clock, log } = this.#dependencies;
    const { repository_cache_dir: directory, repository_cache_megabytes: megabytes } = this.#config;
    this.#cache ??= createVersionCache({
      directory: directory === '' ? privateCacheDirectory('versions') : resolve(directory),
      isPrivate: directory === '',
      maxBytes: megabytes * BYTES_PER_MEGABYTE,
      ...{ clock, log },
    });
    return this.#cache;
  }
}
