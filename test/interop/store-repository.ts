import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVersionCache } from '../../gpu-backend/src/repository/cache/version-cache.ts';
import { ObjectRepository } from '../../gpu-backend/src/repository/object/object-repository.ts';
import type { ObjectStore, StoreRequest } from '../../layers/repository/src/store/object-store.ts';
import { openObjectStore } from '../../layers/repository/src/store/open-object-store.ts';
import type { StoreEnvironment } from '../../layers/repository/src/store/store-settings.ts';
import { HastyClock } from '../fakes/hasty-clock.ts';
import { RepositoryRecord } from '../gpu-backend/repository/object/repository-record.ts';
import type { StoreServer } from './store-servers.ts';

/** A repository as a server has it, with its cache, at a root of its own on a real server of objects. */
export class StoreRepository extends RepositoryRecord implements AsyncDisposable {
  readonly clock = new HastyClock();
  readonly repository: ObjectRepository;
  /** Another way to the same root, past what stands before the server. */
  readonly store: ObjectStore;
  /** Every request of the repository. */
  readonly requests: readonly StoreRequest[];
  readonly #opened: AsyncDisposableStack;

  /** `environment` is the repository's; default: the server's own. */
  static async open(server: StoreServer, environment?: StoreEnvironment): Promise<StoreRepository> {
    await using opened = new AsyncDisposableStack();
    const root = `${server.url}/${randomUUID()}`;
    const store = await openObjectStore(root, { environment: server.environment() });
    opened.defer(() => store.close());
    const requests: StoreRequest[] = [];
    const observer = (request: StoreRequest): void => void requests.push(request);
    const seen = await openObjectStore(root, { environment: environment ?? server.environment(), observer });
    const directory = await mkdtemp(join(tmpdir(), 'tensorfleet-store-repository-'));
    opened.defer(() => rm(directory, { recursive: true, force: true }));
    return new StoreRepository({ store, seen, requests, directory, opened: opened.move() });
  }

  private constructor({ store, seen, requests, directory, opened }: Opened) {
    super();
    const { clock, log } = this;
    const random = (): number => 0.5;
    const fetcher = createVersionCache({ directory, isPrivate: false, maxBytes: 1e9, clock, random, log });
    this.store = store;
    this.requests = requests;
    this.repository = new ObjectRepository({
      ...{ store: seen, fetcher, clock, random, intervalMs: 1_000, settleMs: 500, log, observer: this.observer },
    });
    this.#opened = opened;
    opened.defer(() => fetcher.close());
    opened.use(this.repository);
  }

  async write(key: string, content: string): Promise<void> {
    await this.store.put(key, new TextEncoder().encode(content));
  }

  /** Deletes an object, or all below a prefix. */
  async remove(path: string): Promise<void> {
    await this.store.delete(path);
    for await (const { objects } of this.store.list(`${path}/`)) {
      await Promise.all(objects.map(({ key }) => this.store.delete(key)));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }
}

interface Opened {
  readonly store: ObjectStore;
  readonly seen: ObjectStore;
  readonly requests: readonly StoreRequest[];
  readonly directory: string;
  readonly opened: AsyncDisposableStack;
}
