import { Code, permissionDenied, unavailable, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { parseIndex } from '../../../../layers/repository/src/format/read-index.ts';
import { type ReindexOptions, reindex } from '../../../../layers/repository/src/publish/reindex.ts';
import { updateIndex } from '../../../../layers/repository/src/publish/update-index.ts';
import { retire } from '../../../../layers/repository/src/publish/version-edits.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { MemoryStore } from '../../../fakes/memory-store.ts';

const TFLITE = 'x';

/** One run of `reindex`, stepped by its clock. */
class Run {
  readonly store: MemoryStore;
  readonly clock = new FakeClock();
  readonly told: string[] = [];
  readonly #abort = new AbortController();
  #done = false;

  constructor(store = new MemoryStore()) {
    this.store = store;
  }

  async upload(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.store.put(key, Buffer.from(TFLITE));
    }
  }

  start(options: Partial<ReindexOptions> = {}): Promise<void> {
    const run = reindex({
      ...{ store: this.store, policy: { settleMs: 10, giveUpMs: 100 }, clock: this.clock },
      ...{ now: () => 1000 + this.clock.now(), watch: false, signal: this.#abort.signal },
      onOutcome: ({ model, version: name }, outcome) => {
        const what = 'reason' in outcome ? `: ${outcome.reason}` : outcome.kind === 'ignored' ? `: ${outcome.why}` : '';
        this.told.push(`${model}/${name} ${outcome.kind}${what}`);
      },
      onOutage: ({ message }) => this.told.push(`outage: ${message}`),
      ...options,
    });
    return run.finally(() => {
      this.#done = true;
    });
  }

  /** Until it waits for its clock, or is done. */
  async settle(): Promise<void> {
    while (this.clock.armed === 0 && !this.#done) {
      await new Promise((next) => setImmediate(next));
    }
  }

  /** Runs to its end. */
  async finish(options: Partial<ReindexOptions> = {}): Promise<void> {
    const run = this.start(options);
    run.catch(() => undefined);
    for (await this.settle(); !this.#done; await this.settle()) {
      this.clock.advance(10);
    }
    await run;
  }

  async step(): Promise<void> {
    this.clock.advance(10);
    await this.settle();
  }

  stop(): void {
    this.#abort.abort();
  }

  get versions(): readonly string[] {
    const stored = this.store.objects.get('index.json');
    const models = stored ? parseIndex(Buffer.from(stored.data).toString(), '').index.models : new Map<string, never>();
    return [...models].flatMap(([name, { versions }]) => [...versions.keys()].map((each) => `${name}/${each}`));
  }
}

describe('reindex', () => {
  it('publishes what is complete in all models, and says what is not', async () => {
    const run = new Run();
    await run.upload(
      'a/1/model.tflite',
      'b/2/model.tflite',
      'b/3/notes.txt',
      'b/tmp/x',
      '.trash/1/model.tflite',
      'README',
    );
    await run.finish();
    expect(run.versions).toEqual(['a/1', 'b/2']);
    expect(run.told).toEqual([
      'a/1 waiting: its files have just changed',
      'b/2 waiting: its files have just changed',
      expect.stringContaining('b/3 waiting: it holds no model yet'),
      'b/tmp ignored: noVersion',
      'a/1 published',
      'b/2 published',
    ]);
  });

  it.each([
    ['one model', { model: 'b' }, ['b/2', 'b/3']],
    ['one version', { model: 'b', version: 3 }, ['b/3']],
  ])('looks at %s only', async (_, options, versions) => {
    const run = new Run();
    await run.upload('c/1/model.tflite');
    await run.finish();
    await run.upload('a/1/model.tflite', 'b/2/model.tflite', 'b/3/model.tflite');
    await new Run(run.store).finish(options);
    expect(run.versions).toEqual([...versions, 'c/1']);
  });

  it('makes the first index of all versions at once, since servers lose what it does not name', async () => {
    const run = new Run();
    await run.upload('a/1/model.tflite', 'b/2/model.tflite', 'c/tmp/x');
    let writes = 0;
    run.store.before = (operation, key) => {
      writes += operation === 'put' && key === 'index.json' ? 1 : 0;
    };
    await run.finish();
    expect([writes, run.versions]).toEqual([1, ['a/1', 'b/2']]);
  });

  it('makes no index of one model while there are others', async () => {
    const run = new Run();
    await run.upload('a/1/model.tflite', 'b/2/model.tflite');
    await expect(run.finish({ model: 'b' })).rejects.toThrow('other versions, like a/1: make one of all by');
    expect(run.store.objects.has('index.json')).toBe(false);
  });

  it('makes the first index of one version that is all', async () => {
    const run = new Run();
    await run.upload('b/2/model.tflite');
    await run.finish({ model: 'b', version: 2 });
    expect(run.versions).toEqual(['b/2']);
  });

  it('says that there is no such version', async () => {
    const run = new Run();
    await run.finish({ model: 'b', version: 3 });
    expect(run.told).toEqual(['b/3 ignored: empty']);
    expect(run.store.objects.size).toBe(0);
  });

  it('names in a new index what the lost one has named', async () => {
    const run = new Run();
    await run.upload('a/1/model.tflite', 'b/2/model.tflite');
    await run.finish();
    const named = run.versions;
    const manifest = run.store.objects.get('a/1/manifest.json');
    await run.store.delete('index.json');
    const again = new Run(run.store);
    await again.finish();
    expect(again.versions).toEqual(named);
    expect(run.store.objects.get('a/1/manifest.json')).toBe(manifest);
  });

  it('leaves retired versions where they are', async () => {
    const run = new Run();
    await run.upload('a/1/model.tflite');
    await updateIndex(run.store, (index) => retire(index, { model: 'a', version: version(1), at: 1, unlisted: true }));
    await run.finish();
    expect([run.versions, run.told]).toEqual([[], ['a/1 ignored: retired']]);
    expect(run.store.objects.has('a/1/manifest.json')).toBe(false);
  });

  it('publishes the others when one cannot be read', async () => {
    const run = new Run();
    await run.upload('a/1/model.tflite', 'b/2/model.tflite');
    run.store.before = (operation, key) => {
      if (operation === 'read' && key.startsWith('a/')) {
        throw permissionDenied('no');
      }
    };
    await run.finish();
    expect(run.versions).toEqual(['b/2']);
    expect(run.told).toContain('a/1 failed: no');
  });

  it('rejects when the store cannot be reached', async () => {
    const run = new Run();
    run.store.before = () => {
      throw unavailable('gone');
    };
    await expect(run.finish()).rejects.toMatchObject({ code: Code.Unavailable });
  });

  it('rejects when the index cannot be read, and leaves it', async () => {
    const run = new Run();
    await run.upload('index.json', 'a/1/model.tflite');
    await expect(run.finish()).rejects.toMatchObject({ code: Code.DataLoss });
    expect(run.store.objects.size).toBe(2);
  });

  it('publishes later uploads while it watches, through an outage, until it is stopped', async () => {
    const run = new Run();
    const done = run.start({ watch: true });
    await run.settle();
    await run.upload('a/1/model.tflite');
    await run.step();
    run.store.before = () => {
      throw unavailable('gone');
    };
    await run.step();
    run.store.before = () => undefined;
    await run.step();
    expect(run.versions).toEqual(['a/1']);
    expect(run.told).toEqual(['a/1 waiting: its files have just changed', 'outage: gone', 'a/1 published']);
    run.stop();
    await done;
    expect(run.clock.armed).toBe(0);
  });

  it('gives up what stays incomplete while it watches, and says so once', async () => {
    const run = new Run();
    await run.upload('a/1/notes.txt');
    const done = run.start({ watch: true });
    await run.settle();
    for (let step = 0; step < 20; step++) {
      await run.step();
    }
    expect(run.told.map((line) => line.split(':')[0])).toEqual(['a/1 waiting', 'a/1 rejected']);
    expect(run.store.objects.has('a/1/rejected.json')).toBe(true);
    run.stop();
    await done;
  });
});
