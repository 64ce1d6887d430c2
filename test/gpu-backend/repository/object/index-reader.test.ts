import { unavailable, version } from '@tensorfleet/core';
import { formatIndex, type IndexedModel } from '@tensorfleet/repository';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IndexReader, type IndexReaderOptions } from '../../../../gpu-backend/src/repository/object/index-reader.ts';
import { indexedModel } from '../../../contract/indexed-repository.contract.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { MemoryStore } from '../../../fakes/memory-store.ts';
import { nextTurn } from '../observed-repository.ts';

let store: MemoryStore;
let clock: FakeClock;
let gets: number;
let said: string[];
let faults: string[];
let looks: string[];
let changed: (readonly string[])[];
let reader: IndexReader;

function create(options: Partial<IndexReaderOptions> = {}): IndexReader {
  return new IndexReader({
    store,
    clock,
    random: () => 1,
    intervalMs: 1_000,
    maxIntervalMs: 60_000,
    graceMs: 300_000,
    timeoutMs: 30_000,
    log: { info: (_, text) => void said.push(`info: ${text}`), warn: (_, text) => void said.push(`warn: ${text}`) },
    observer: {
      looked: (outcome) => void looks.push(outcome),
      downloaded: () => undefined,
      faulted: (fault) => void faults.push(fault),
    },
    onChanged: (models) => void changed.push(models),
    ...options,
  });
}

beforeEach(() => {
  store = new MemoryStore();
  clock = new FakeClock();
  [gets, said, faults, looks, changed] = [0, [], [], [], []];
  store.before = count;
  reader = create();
});

afterEach(() => expect(clock.armed).toBe(0));

async function index(models: Readonly<Record<string, IndexedModel>>): Promise<void> {
  await text(formatIndex({ models: new Map(Object.entries(models)) }));
}

async function text(content: string): Promise<void> {
  await store.put('index.json', new TextEncoder().encode(content));
}

function count(operation: string): void {
  gets += operation === 'get' ? 1 : 0;
}

function fail(reason: Error): void {
  store.before = (operation) => {
    count(operation);
    throw reason;
  };
}

function heal(): void {
  store.before = count;
}

/** The versions of `m` that are known. */
async function known(): Promise<readonly number[] | 'absent' | undefined> {
  const found = await reader.look();
  return found.kind === 'absent'
    ? 'absent'
    : found.models.get('m') && [...(found.models.get('m')?.versions.keys() ?? [])];
}

function published(at: number): IndexedModel['history'][number] {
  return { at, version: version(at), event: 'published', detail: '' };
}

describe('IndexReader', () => {
  it('asks once per interval, however many ask it, and with a condition', async () => {
    await index({ m: indexedModel([1]) });
    await Promise.all(Array.from({ length: 1000 }, () => reader.look()));
    clock.advance(999);
    await reader.look();
    expect(gets).toBe(1);
    clock.advance(1);
    await Promise.all(Array.from({ length: 1000 }, () => reader.look()));
    expect([gets, looks]).toEqual([2, ['changed', 'unchanged']]);
  });

  it('asks again after refresh(), also when a request was under way', async () => {
    const gate = Promise.withResolvers<void>();
    store.before = async () => {
      gets += 1;
      await gate.promise;
    };
    const first = reader.look();
    await nextTurn();
    reader.refresh();
    const second = reader.look();
    gate.resolve();
    await Promise.all([first, second]);
    expect(gets).toBe(2);
    reader.refresh();
    await Promise.all([reader.look(), reader.look()]);
    expect(gets).toBe(3);
  });

  it('tells which models have changed, and keeps the others as the same objects', async () => {
    await index({ a: indexedModel([1]), b: indexedModel([1]) });
    const first = await reader.look();
    await index({ a: indexedModel([1]), b: indexedModel([1, 2]), c: indexedModel([1]) });
    clock.advance(1_000);
    const second = await reader.look();
    expect(changed).toEqual([
      ['a', 'b'],
      ['b', 'c'],
    ]);
    expect(
      first.kind === 'present' && second.kind === 'present' && first.models.get('a') === second.models.get('a'),
    ).toBe(true);
  });
});

describe('IndexReader while the store fails', () => {
  it('rejects only while nothing was ever known', async () => {
    fail(unavailable('slow down'));
    await expect(reader.look()).rejects.toThrow('slow down');
    heal();
    await index({ m: indexedModel([1]) });
    clock.advance(2_000);
    expect(await known()).toEqual([1]);
    fail(unavailable('slow down'));
    clock.advance(1_000);
    expect(await known()).toEqual([1]);
  });

  it('asks ever more seldom, says so once, counts each, and says when it is over', async () => {
    await index({ m: indexedModel([1]) });
    await reader.look();
    fail(unavailable('slow down', { fault: 'slow_down' }));
    const at: number[] = [];
    for (let second = 1; second <= 200; second++) {
      clock.advance(1_000);
      const before = gets;
      await reader.look();
      if (gets > before) {
        at.push(second);
      }
    }
    expect(at).toEqual([1, 3, 7, 15, 31, 63, 123, 183]);
    expect(faults).toEqual(at.map(() => 'slow_down'));
    heal();
    clock.advance(60_000);
    await reader.look();
    expect(said).toEqual([
      'warn: slow down; what is known of it stays',
      'info: "memory://bucket/root/index.json" can be read again after 259 seconds',
    ]);
  });

  it('waits with jitter', async () => {
    reader = create({ random: () => 0 });
    await index({ m: indexedModel([1]) });
    await reader.look();
    fail(unavailable('slow down'));
    clock.advance(1_000);
    await reader.look();
    clock.advance(1_000); // half of two seconds
    await reader.look();
    expect(gets).toBe(3);
  });

  it('gives a request up that is not answered', async () => {
    await index({ m: indexedModel([1]) });
    await reader.look();
    store.before = () => new Promise(() => undefined);
    clock.advance(1_000);
    const look = reader.look();
    await nextTurn();
    clock.advance(30_000);
    expect((await look).kind).toBe('present');
    expect(faults).toEqual(['deadline_exceeded']);
  });

  it('keeps what is known of a broken index', async () => {
    await index({ m: indexedModel([1]) });
    await reader.look();
    await text('{"format": 1, "models": {"m": {"vers');
    clock.advance(1_000);
    expect(await known()).toEqual([1]);
    expect([faults, said]).toEqual([
      ['data_loss'],
      ['warn: "memory://bucket/root/index.json" is not JSON; what is known of it stays'],
    ]);
  });
});

describe('IndexReader when the index', () => {
  it('was never there, says so and asks at longer and longer intervals', async () => {
    for (let second = 0; second < 600; second++) {
      expect(await known()).toBe('absent');
      clock.advance(1_000);
    }
    expect(gets).toBeLessThan(20);
    await index({ m: indexedModel([1]) });
    reader.refresh();
    expect(await known()).toEqual([1]);
    expect(said).toEqual([]);
  });

  it('is missing after it was there, keeps what is known for five minutes', async () => {
    await index({ m: indexedModel([1]) });
    await reader.look();
    store.objects.delete('index.json');
    clock.advance(1_000);
    for (let minute = 0; minute < 5; minute++) {
      expect(await known()).toEqual([1]);
      clock.advance(60_000);
    }
    expect(await known()).toBe('absent');
    expect(said).toEqual([
      'warn: "memory://bucket/root/index.json" was there and is missing; what is known of it stays',
      'warn: "memory://bucket/root/index.json" was there and is missing; after 300 seconds the repository has no index any more',
      expect.stringMatching(/^info: .* can be read again/),
    ]);
    expect(new Set(faults)).toEqual(new Set(['missing_index']));
  });

  const history = [published(1), published(2)];
  it.each<[string, IndexedModel | undefined]>([
    ['a version is lost', indexedModel([1], { retired: [version(3)], history })],
    ['a retired number is free', indexedModel([1, 2, 3], { history })],
    ['the model is lost', undefined],
    ['the last change is lost', indexedModel([1, 2], { retired: [version(3)], history: [published(1)] })],
  ])('is older than it was (%s), keeps the newer one until that has lasted five minutes', async (_, older) => {
    await index({ m: indexedModel([1, 2], { retired: [version(3)], history }) });
    await reader.look();
    await index(older === undefined ? {} : { m: older });
    clock.advance(1_000);
    expect(await known()).toEqual([1, 2]);
    expect(faults).toEqual(['stale_index']);
    for (let minute = 0; minute < 6; minute++) {
      clock.advance(60_000);
      await reader.look();
    }
    expect(await known()).toEqual(older && [...older.versions.keys()]);
    expect(said[0]).toContain('is older than what was read before');
    expect(said[1]).toContain('after 300 seconds the older');
  });

  it('has lost a version because it was retired, takes it at once', async () => {
    await index({ m: indexedModel([1, 2]) });
    await reader.look();
    await index({ m: indexedModel([2], { retired: [version(1)] }) });
    clock.advance(1_000);
    expect(await known()).toEqual([2]);
  });

  it('has a wrong model, keeps what is known of it and says so once', async () => {
    await index({ m: indexedModel([1]), other: indexedModel([1]) });
    await reader.look();
    await text('{"format": 1, "models": {"m": {"versions": {"01": {}}}, "other": {"versions": {}, "retired": [1]}}}');
    clock.advance(1_000);
    const found = await reader.look();
    expect(found).toMatchObject({ kind: 'present' });
    expect(await known()).toEqual([1]);
    expect(found.kind === 'present' && found.models.get('other')?.versions.size).toBe(0);
    expect([said.length, faults]).toEqual([1, ['wrong_index']]);
  });
});
