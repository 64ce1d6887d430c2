// What an idle hour of a model server costs on an object store: `node test/measure/idle-requests.ts`. Requests are
// counted over a clock that is moved by hand and a store in memory; with S3_ENDPOINT and a bucket's URL as the argument,
// what one request of each kind sends and receives is measured there, on the same layout.
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { readStoreEnvironment } from '../../gpu-backend/src/config/environment.ts';
import { ObjectRepository } from '../../gpu-backend/src/repository/object/object-repository.ts';
import { SILENT_LOG } from '../../gpu-backend/src/repository/repository-log.ts';
import { latest } from '../../gpu-backend/src/repository/servable-version-policy.ts';
import { version } from '../../layers/core/src/index.ts';
import {
  formatIndex,
  type IndexedModel,
  type ObjectStore,
  openObjectStore,
  type StoreRequest,
} from '../../layers/repository/src/index.ts';
import type { ListOptions, ListPage } from '../../layers/repository/src/store/object-store.ts';
import { manifestOf } from '../contract/model-repository.contract.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MemoryStore } from '../fakes/memory-store.ts';

const SECONDS = 3600;
const VERSIONS = [1, 2, 3];

const CONTENT = 'onnx';
const MANIFEST = manifestOf({ 'model.onnx': CONTENT });

type Counts = Map<string, number>;

/** Nothing is written behind `fill`, so that each listing is made once: there are hundreds of thousands. */
class StillStore extends MemoryStore {
  readonly #pages = new Map<string, readonly ListPage[]>();

  override async *list(prefix: string, options: ListOptions = {}): AsyncIterable<ListPage> {
    const id = `${prefix} ${options.delimiter}`;
    const known = this.#pages.get(id);
    if (known !== undefined) {
      await this.before('list', prefix);
      yield* known;
      return;
    }
    const pages: ListPage[] = [];
    for await (const page of super.list(prefix, options)) {
      pages.push(page);
    }
    this.#pages.set(id, pages);
    yield* pages;
  }
}

/** Three versions of each model, and perhaps an index that names them. */
async function fill(store: ObjectStore, models: number, hasIndex: boolean): Promise<void> {
  const encoder = new TextEncoder();
  const entries = new Map<string, IndexedModel>();
  const manifest = createHash('sha256').update(MANIFEST).digest('hex');
  for (let model = 0; model < models; model++) {
    for (const each of VERSIONS) {
      await store.put(`model-${model}/${each}/model.onnx`, encoder.encode(CONTENT));
      await store.put(`model-${model}/${each}/manifest.json`, encoder.encode(MANIFEST));
    }
    const versions = new Map(
      VERSIONS.map((each) => [version(each), { manifest, bytes: CONTENT.length, publishedAt: 0 }]),
    );
    entries.set(`model-${model}`, { versions, retired: [], labels: new Map(), history: [] });
  }
  if (hasIndex) {
    await store.put('index.json', encoder.encode(formatIndex({ models: entries })));
  }
}

/** A repository whose downloads cost nothing. */
function repositoryOver(store: ObjectStore, clock: FakeClock): ObjectRepository {
  return new ObjectRepository({
    store,
    fetcher: {
      fetch: async ({ model }) => ({ directory: `/${model}`, receivedBytes: 0 }),
      release: () => undefined,
      close: async () => undefined,
    },
    ...{ clock, random: Math.random, intervalMs: 1_000, settleMs: 500, log: SILENT_LOG },
    isInUse: () => true,
  });
}

/** Every second the models are listed and each is scanned, as the server does by default. */
async function pass(repository: ObjectRepository, clock: FakeClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    clock.advance(1_000);
    const names = await repository.models();
    await Promise.all(names.map((name) => repository.scan(name, latest())));
    await setImmediate();
  }
}

/** Requests of an idle hour after the first ten minutes, by operation: what a listing is of is told by its depth. */
async function idleHour(models: number, hasIndex: boolean): Promise<Counts> {
  const store = new StillStore();
  await fill(store, models, hasIndex);
  const clock = new FakeClock();
  const repository = repositoryOver(store, clock);
  await pass(repository, clock, 600);
  const counts: Counts = new Map();
  store.before = (operation, key) => {
    const kind = kindOf(operation, key);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  };
  await pass(repository, clock, SECONDS);
  await repository[Symbol.asyncDispose]();
  return counts;
}

function kindOf(operation: string, key: string): string {
  return operation === 'list' ? `list ${['root', 'model', 'version'][key.split('/').length - 1]}` : operation;
}

/** Bytes of one request of each kind, sent and received together. */
async function bytesPerRequest(url: string): Promise<Counts> {
  const bytes: Counts = new Map();
  for (const hasIndex of [true, false]) {
    let last: StoreRequest | undefined;
    const observer = (request: StoreRequest): void => {
      last = request;
    };
    const store = await openObjectStore(`${url}/${hasIndex}`, { environment: readStoreEnvironment(), observer });
    await fill(store, 10, hasIndex);
    const known = hasIndex ? await store.get('index.json', { maxBytes: 1e8 }) : undefined;
    const unlessEtag = known?.kind === 'found' ? { unlessEtag: known.etag } : {};
    await store.get('index.json', { maxBytes: 1e8, ...unlessEtag });
    bytes.set(hasIndex ? 'get' : 'get of nothing', sizeOf(last));
    for (const [kind, prefix] of [
      ['list root', ''],
      ['list model', 'model-1/'],
      ['list version', 'model-1/3/'],
    ] as const) {
      const options = kind === 'list version' ? {} : ({ delimiter: '/' } as const);
      for await (const _ of store.list(prefix, options)) {
        // one page
      }
      bytes.set(kind, sizeOf(last));
    }
    store.close();
  }
  return bytes;
}

function sizeOf(request: StoreRequest | undefined): number {
  return (request?.bytesSent ?? 0) + (request?.bytesReceived ?? 0);
}

function say(...words: readonly unknown[]): void {
  process.stdout.write(`${words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word))).join(' ')}\n`);
}

const [url] = process.argv.slice(2);
const sizes = url === undefined ? new Map<string, number>() : await bytesPerRequest(url);
say('bytes per request, sent and received:', Object.fromEntries(sizes));
for (const hasIndex of [true, false]) {
  for (const models of [1, 10, 1000]) {
    const counts = await idleHour(models, hasIndex);
    const total = counts.values().reduce((sum, count) => sum + count, 0);
    const sizeOfKind = (kind: string): number => sizes.get(kind === 'get' && !hasIndex ? 'get of nothing' : kind) ?? 0;
    const bytes = [...counts].reduce((sum, [kind, count]) => sum + count * sizeOfKind(kind), 0);
    const setting = `${models} models ${hasIndex ? 'with' : 'without'} an index:`;
    say(setting, `${total} requests,`, `${bytes} bytes,`, Object.fromEntries(counts));
  }
}
