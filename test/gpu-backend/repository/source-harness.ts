import type { AspiredVersions, Loader } from '../../../gpu-backend/src/lifecycle/servable.ts';
import type { ModelVersion } from '../../../gpu-backend/src/repository/model-repository.ts';
import {
  RepositorySource,
  type RepositorySourceOptions,
} from '../../../gpu-backend/src/repository/repository-source.ts';
import type { ServableVersionPolicy } from '../../../gpu-backend/src/repository/servable-version-policy.ts';
import type { WatchedModel } from '../../../gpu-backend/src/repository/watched-model.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { ObservedRepository } from './observed-repository.ts';
import { logTo, type TemporaryRepository, temporaryRepository } from './temporary-repository.ts';

/** What these sources load: the directory that the loader was made for. */
export type Servable = string;

export function loaderOf({ model, version, directory }: ModelVersion): Loader<Servable> {
  return {
    id: { name: model, version },
    estimate: () => ({ memoryBytes: 0 }),
    load: async () => directory,
    unload: async () => undefined,
  };
}

export function watchedBy(policies: Readonly<Record<string, ServableVersionPolicy>>): Map<string, WatchedModel> {
  return new Map(Object.entries(policies).map(([name, policy]) => [name, { policy }]));
}

/** Sources over a real directory, with a clock that stands still and everything that they say. */
export class SourceHarness implements AsyncDisposable {
  readonly disk: TemporaryRepository;
  readonly observed: ObservedRepository;
  readonly clock = new FakeClock();
  readonly warnings: string[] = [];
  readonly emitted: AspiredVersions<Servable>[] = [];
  readonly #sources: RepositorySource<Servable>[] = [];

  static async create(): Promise<SourceHarness> {
    return new SourceHarness(await temporaryRepository());
  }

  private constructor(disk: TemporaryRepository) {
    this.disk = disk;
    this.observed = new ObservedRepository(disk.repository);
  }

  /** A source that polls; what it emits is in `emitted`. */
  watch(
    models: 'all' | Record<string, ServableVersionPolicy>,
    options: Partial<RepositorySourceOptions<Servable>> = {},
  ): RepositorySource<Servable> {
    const source = new RepositorySource<Servable>({
      repository: this.observed,
      models: models === 'all' ? models : watchedBy(models),
      makeLoader: loaderOf,
      clock: this.clock,
      log: logTo(this.warnings),
      ...options,
    });
    this.#sources.push(source);
    source.subscribe((aspired) => void this.emitted.push(aspired));
    return source;
  }

  /** What was emitted since the last call, as `m: 1 2`. */
  news(): readonly string[] {
    return this.emitted
      .splice(0)
      .map(({ name, versions }) => `${name}: ${versions.map((loader) => loader.id.version).join(' ')}`);
  }

  /** What has begun by now ends. */
  async begin(): Promise<readonly string[]> {
    await this.observed.idle();
    return this.news();
  }

  /** One polling interval passes, and what it started ends. */
  async poll(): Promise<readonly string[]> {
    this.clock.advance(1_000);
    return await this.begin();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.close()));
    await this.disk[Symbol.asyncDispose]();
    if (this.clock.armed > 0) {
      throw new Error(`${this.clock.armed} timers are left armed by closed sources`);
    }
  }
}
