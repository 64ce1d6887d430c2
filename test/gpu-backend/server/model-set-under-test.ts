import { join } from 'node:path';
import type { ModelConfig, ModelServerConfig } from '@tensorfleet/codecs';
import { type ModelSpec, StatusError, version } from '@tensorfleet/core';
import { AspiredVersionsManager } from '../../../gpu-backend/src/lifecycle/aspired-versions-manager.ts';
import { resolveManagerOptions } from '../../../gpu-backend/src/lifecycle/manager-options.ts';
import { StateMonitor } from '../../../gpu-backend/src/lifecycle/state-monitor.ts';
import type { ModelServable } from '../../../gpu-backend/src/model/model-servable.ts';
import type { ModelVersion } from '../../../gpu-backend/src/repository/model-repository.ts';
import { RepositorySource } from '../../../gpu-backend/src/repository/repository-source.ts';
import { latest } from '../../../gpu-backend/src/repository/servable-version-policy.ts';
import { ModelSet, type ModelSetParts } from '../../../gpu-backend/src/server/models/model-set.ts';
import { VersionLabels } from '../../../gpu-backend/src/server/models/version-labels.ts';
import type { RequestLogSettings } from '../../../gpu-backend/src/server/request-logger.ts';
import { ServerCore } from '../../../gpu-backend/src/server/server-core.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeLoader } from '../../fakes/fake-loader.ts';
import { silentLog } from '../../support/silent-log.ts';
import { ObservedRepository } from '../repository/observed-repository.ts';
import { type TemporaryRepository, temporaryRepository } from '../repository/temporary-repository.ts';
import { modelConfig } from './model-configs-of.ts';

/** A model set over real directories, a real manager and loaders that load at once, unless they are held or broken. */
export class ModelSetUnderTest implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly disk: TemporaryRepository;
  readonly log = silentLog();
  /** What the log of requests was told. */
  readonly requestLogs: ReadonlyMap<string, RequestLogSettings>[] = [];
  readonly repository: ObservedRepository;
  readonly manager: AspiredVersionsManager<string>;
  readonly monitor: StateMonitor;
  readonly source: RepositorySource<string>;
  readonly set: ModelSet;
  readonly core: ServerCore;
  /** By `<directory below the root>`, for example `m/1`. */
  readonly #held = new Set<string>();
  readonly #broken = new Map<string, StatusError>();
  readonly #loaders = new Map<string, FakeLoader>();

  static async create(options: Partial<ModelSetParts> = {}): Promise<ModelSetUnderTest> {
    return new ModelSetUnderTest(await temporaryRepository(), options);
  }

  private constructor(disk: TemporaryRepository, options: Partial<ModelSetParts>) {
    const { clock } = this;
    this.disk = disk;
    this.repository = new ObservedRepository(disk.repository);
    const managing = resolveManagerOptions({ maxConcurrentLoads: 4, maxLoadRetries: 1, loadRetryIntervalMs: 60_000 });
    this.manager = new AspiredVersionsManager<string>(managing, { clock, onError: () => undefined });
    this.monitor = new StateMonitor(this.manager);
    this.source = new RepositorySource<string>({
      repository: this.repository,
      models: new Map(),
      makeLoader: (found) => this.#loaderOf(found),
      clock,
    });
    this.source.onLook(() => this.monitor.recheck());
    const labels = new VersionLabels();
    const { source, monitor, log } = this;
    const defaultPolicy = latest();
    const parts = { source, monitor, labels, clock, log, defaultPolicy, reloadTimeoutMs: 10_000 };
    const requestLogger = {
      configure: (models: ReadonlyMap<string, RequestLogSettings>) => void this.requestLogs.push(models),
    };
    this.set = new ModelSet({ ...parts, requestLogger, allowsUnavailableLabels: false, ...options });
    this.core = new ServerCore({
      // as: nothing here looks at what a servable is
      manager: this.manager as unknown as AspiredVersionsManager<ModelServable>,
      monitor,
      configuredModels: () => [...source.models().keys()],
      observer: { requestStarted: () => undefined, requestDone: () => undefined },
      clock,
      labels,
    });
    this.manager.subscribe(source);
  }

  /** A model whose versions are below `<root>/<place>`. */
  model(name: string, changes: Partial<ModelConfig> = {}, place = name): ModelConfig {
    return modelConfig(name, { basePath: join(this.disk.root, place), ...changes });
  }

  /** The loads of a version wait for `release`. */
  hold(place: string): void {
    this.#held.add(place);
  }

  async release(place: string): Promise<void> {
    this.#held.delete(place);
    const loader = this.#loaders.get(place);
    if (loader !== undefined) {
      loader.isAutomatic = true;
      await loader.finishLoad();
    }
    await this.repository.idle();
  }

  break(place: string, error: StatusError): void {
    this.#broken.set(place, error);
  }

  /** Resolves with `ok` or the error, or with `waiting` when the reload has to wait for something. */
  async reload(config: ModelServerConfig, signal = new AbortController().signal): Promise<string> {
    return await this.outcome(this.set.reload(config, signal));
  }

  async outcome(reload: Promise<void>): Promise<string> {
    const settled = reload.then(
      () => 'ok',
      (reason) => String(StatusError.from(reason)),
    );
    await this.repository.idle();
    return await Promise.race([settled, Promise.resolve('waiting')]);
  }

  /** What a request gets: the directory that answers, below the root, or its error. */
  answer(spec: Partial<ModelSpec> & { readonly v?: number } = {}): string {
    try {
      const { v, ...rest } = spec;
      using handle = this.core.acquire({ name: 'm', ...rest, ...(v !== undefined && { version: version(v) }) });
      return String(handle.servable);
    } catch (reason) {
      return String(StatusError.from(reason));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.close();
    const closed = this.manager.close();
    await Promise.all([...this.#held].map((place) => this.release(place)));
    await closed;
    this.monitor[Symbol.dispose]();
    await this.disk[Symbol.asyncDispose]();
    if (this.clock.armed > 0) {
      throw new Error(`${this.clock.armed} timers are left armed`);
    }
  }

  #loaderOf(found: ModelVersion): FakeLoader {
    const place = found.directory.slice(this.disk.root.length + 1);
    const loader = new FakeLoader(found.model, found.version, place);
    loader.isAutomatic = !this.#held.has(place);
    const error = this.#broken.get(place);
    if (error !== undefined) {
      loader.load = () => Promise.reject(error);
    }
    this.#loaders.set(place, loader);
    return Object.assign(loader, { place: found.directory, revision: found });
  }
}
