import {
  ObjectRepository,
  type ObjectRepositoryOptions,
} from '../../../../gpu-backend/src/repository/object/object-repository.ts';
import { latest, type ServableVersionPolicy } from '../../../../gpu-backend/src/repository/servable-version-policy.ts';
import { manifestOf } from '../../../contract/model-repository.contract.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { MemoryStore } from '../../../fakes/memory-store.ts';
import { PlainFetcher } from '../../../fakes/plain-fetcher.ts';
import { RepositoryRecord } from './repository-record.ts';

/** A repository over a store in memory, a clock that stands still, and everything that they say. */
export class ObjectHarness extends RepositoryRecord implements AsyncDisposable {
  readonly store: MemoryStore;
  readonly fetcher: PlainFetcher;
  readonly clock = new FakeClock();
  readonly repository: ObjectRepository;
  readonly news: string[] = [];
  /** `get index.json`: the requests since the last call of `asked`. */
  readonly #requests: string[] = [];
  /** Versions that something still uses: `m/1`. */
  readonly inUse = new Set<string>();

  static async create(options: Partial<ObjectRepositoryOptions> = {}): Promise<ObjectHarness> {
    return new ObjectHarness(await PlainFetcher.create(), options);
  }

  private constructor(fetcher: PlainFetcher, options: Partial<ObjectRepositoryOptions>) {
    super();
    this.store = new MemoryStore();
    this.fetcher = fetcher;
    this.store.before = (operation, key) => void this.#requests.push(`${operation} ${key}`);
    this.repository = new ObjectRepository({
      store: this.store,
      fetcher,
      clock: this.clock,
      random: () => 0.999,
      intervalMs: 1_000,
      settleMs: 500,
      isInUse: (model, version) => this.inUse.has(`${model}/${version}`),
      log: this.log,
      observer: this.observer,
      ...options,
    });
    this.repository.watch((model) => void this.news.push(model));
  }

  /** What the store was asked since the last call. */
  asked(): readonly string[] {
    return this.#requests.splice(0);
  }

  /** The store goes on recording; `fail` may throw. */
  failing(fail: (operation: string, key: string) => Promise<void> | void): void {
    this.store.before = (operation, key) => {
      this.#requests.push(`${operation} ${key}`);
      return fail(operation, key);
    };
  }

  async write(key: string, content: string): Promise<void> {
    const { before } = this.store;
    this.store.before = () => undefined;
    await this.store.put(key, new TextEncoder().encode(content));
    this.store.before = before;
  }

  /** Deletes an object, or all below a prefix. */
  remove(path: string): void {
    for (const key of [...this.store.objects.keys()]) {
      if (key === path || key.startsWith(`${path}/`)) {
        this.store.objects.delete(key);
      }
    }
  }

  /** A version with a manifest. */
  async upload(place: string, content = 'onnx'): Promise<string> {
    const manifest = manifestOf({ 'model.onnx': content });
    await this.write(`${place}/model.onnx`, content);
    await this.write(`${place}/manifest.json`, manifest);
    return manifest;
  }

  /** Time passes, a scan begins downloads, they end, and another scan tells. */
  async settle(model: string, policy: ServableVersionPolicy = latest(), ms = 1_000): Promise<readonly number[]> {
    this.clock.advance(ms);
    await this.repository.scan(model, policy);
    await this.repository.idle();
    return this.versions(model, policy);
  }

  /** What a scan finds now. */
  async versions(model: string, policy: ServableVersionPolicy = latest()): Promise<readonly number[]> {
    return (await this.repository.scan(model, policy)).complete.map(({ version }) => version);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.repository[Symbol.asyncDispose]();
    await this.fetcher.close();
    if (this.clock.armed > 0) {
      throw new Error(`${this.clock.armed} timers are left armed by a closed repository`);
    }
  }
}
