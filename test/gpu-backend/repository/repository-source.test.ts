import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Code, dataLoss, permissionDenied } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AspiredVersions } from '../../../gpu-backend/src/lifecycle/servable.ts';
import { RepositorySource } from '../../../gpu-backend/src/repository/repository-source.ts';
import { all, latest } from '../../../gpu-backend/src/repository/servable-version-policy.ts';
import { loaderOf, type Servable, SourceHarness, watchedBy } from './source-harness.ts';

let at: SourceHarness;

beforeEach(async () => {
  at = await SourceHarness.create();
});

afterEach(async () => {
  await at[Symbol.asyncDispose]();
});

describe('RepositorySource while it polls', () => {
  it('finds versions that appear after the start, and emits changes only', async () => {
    at.watch({ m: latest() });
    expect(await at.begin()).toEqual([]);
    await at.disk.publish('m/1');
    expect(await at.poll()).toEqual(['m: 1']);
    expect(await at.poll()).toEqual([]);
    await at.disk.publish('m/2');
    expect(await at.poll()).toEqual(['m: 2']);
    expect(at.observed.scanned).toHaveLength(4);
  });

  it('keeps the loaders of versions that stay', async () => {
    await at.disk.publish('m/1');
    const source = at.watch({ m: all() });
    await at.observed.idle();
    await at.disk.publish('m/2');
    await source.scanNow();
    const [first, second] = at.emitted;
    expect(second?.versions).toHaveLength(2);
    expect(second?.versions[0]).toBe(first?.versions[0]);
  });

  it('makes another loader for a version that has moved', async () => {
    await at.disk.publish('m/1');
    const source = at.watch({ m: latest() });
    await at.observed.idle();
    await rename(join(at.disk.root, 'm/1'), join(at.disk.root, 'm/01'));
    await source.scanNow();
    const signal = new AbortController().signal;
    expect(await at.emitted[1]?.versions[0]?.load(signal)).toBe(join(at.disk.root, 'm/01'));
  });

  it('goes back to the version before when the latest disappears', async () => {
    await at.disk.publish('m/1');
    await at.disk.publish('m/3');
    at.watch({ m: latest() });
    expect(await at.begin()).toEqual(['m: 3']);
    await at.disk.remove('m/3');
    expect(await at.poll()).toEqual(['m: 1']);
  });

  it('follows a version that is renamed', async () => {
    await at.disk.publish('m/8');
    at.watch({ m: latest() });
    expect(await at.begin()).toEqual(['m: 8']);
    await rename(join(at.disk.root, 'm/8'), join(at.disk.root, 'm/9'));
    expect(await at.poll()).toEqual(['m: 9']);
  });

  it('never overlaps the scans of a model', async () => {
    await at.disk.publish('m/1');
    at.observed.hold('m');
    at.watch({ m: latest() });
    await Promise.resolve();
    for (let round = 0; round < 5; round++) {
      at.clock.advance(1_000);
      await Promise.resolve();
    }
    expect(at.observed.scanned).toEqual(['m']);
    at.observed.release('m');
    expect(await at.begin()).toEqual(['m: 1']);
  });

  it('finds a version without a manifest at the second scan', async () => {
    await at.disk.write('m/1/model.onnx', 'onnx');
    at.watch({ m: latest() });
    expect(await at.begin()).toEqual([]);
    expect(await at.poll()).toEqual(['m: 1']);
  });

  it('polls once, with a second look, when the interval is 0', async () => {
    await at.disk.write('m/1/model.onnx', 'onnx');
    at.watch({ m: latest() }, { intervalMs: 0 });
    expect(await at.begin()).toEqual([]);
    expect(await at.poll()).toEqual(['m: 1']);
    await at.disk.publish('m/2');
    expect(at.clock.armed).toBe(0);
    expect(await at.poll()).toEqual([]);
  });

  it.each([-1, Number.NaN])('throws INVALID_ARGUMENT for the interval %d', (intervalMs) => {
    const repository = at.disk.repository;
    expect(
      () => new RepositorySource({ repository, models: 'all', makeLoader: loaderOf, clock: at.clock, intervalMs }),
    ).toThrow(expect.objectContaining({ code: Code.InvalidArgument }));
  });
});

describe('RepositorySource with several models', () => {
  it('serves them independently of one that fails', async () => {
    await at.disk.publish('good/1');
    at.observed.fail('bad', permissionDenied('this process may not use "bad"'));
    const source = at.watch({ bad: latest(), missing: latest(), good: latest() });
    expect(await at.begin()).toEqual(['good: 1']);
    await at.disk.publish('good/2');
    expect(await at.poll()).toEqual(['good: 2']);
    expect(source.models()).toMatchObject(
      new Map([
        ['bad', { versions: [], error: { code: Code.PermissionDenied } }],
        ['good', { versions: [2] }],
        ['missing', { versions: [], error: { code: Code.NotFound } }],
      ]),
    );
  });

  it('is not held up by a scan that hangs', async () => {
    await at.disk.publish('quick/1');
    at.observed.hold('slow');
    const emission = Promise.withResolvers<void>();
    const source = at.watch({ slow: latest(), quick: latest() });
    source.subscribe(() => emission.resolve());
    await emission.promise;
    expect(at.news()).toEqual(['quick: 1']);
    at.observed.release('slow');
  });

  it('adds models and unloads dropped ones when it is configured anew', async () => {
    await at.disk.publish('a/1');
    await at.disk.publish('b/1');
    const source = at.watch({ a: latest() });
    expect(await at.begin()).toEqual(['a: 1']);
    source.configure(watchedBy({ b: latest() }));
    expect(at.news()).toEqual(['a: ']);
    expect(await at.begin()).toEqual(['b: 1']);
    await at.disk.publish('a/2');
    expect(await at.poll()).toEqual([]);
    expect([...source.models().keys()]).toEqual(['b']);
  });

  it('emits nothing of a dropped model whose scan was running', async () => {
    await at.disk.publish('a/1');
    at.observed.hold('a');
    const source = at.watch({ a: latest() });
    await Promise.resolve();
    source.configure(new Map());
    at.observed.release('a');
    expect(await at.begin()).toEqual([]);
  });

  it('throws INVALID_ARGUMENT for a name that no request could address', () => {
    expect(() => at.watch({ 'a/b': latest() })).toThrow(expect.objectContaining({ code: Code.InvalidArgument }));
  });
});

describe('RepositorySource of all models', () => {
  it('finds models that appear', async () => {
    await at.disk.publish('a/1');
    at.watch('all');
    expect(await at.begin()).toEqual(['a: 1']);
    await at.disk.publish('b/1');
    expect(await at.poll()).toEqual(['b: 1']);
  });

  it('uses its default policy', async () => {
    await at.disk.publish('a/1');
    await at.disk.publish('a/2');
    at.watch('all', { defaultPolicy: all() });
    expect(await at.begin()).toEqual(['a: 1 2']);
  });

  it('keeps a model whose directory disappears, and unloads it when keepLastVersion is false', async () => {
    await at.disk.publish('a/1');
    const keeping = at.watch('all');
    const dropping = at.watch('all', { keepLastVersion: false });
    expect(await at.begin()).toEqual(['a: 1', 'a: 1']);
    await at.disk.remove('a');
    expect(await at.poll()).toEqual(['a: ']);
    expect([...keeping.models().keys()]).toEqual(['a']);
    await at.poll();
    expect([...dropping.models().keys()]).toEqual([]);
  });

  it('forgets a model that never had a complete version', async () => {
    await at.disk.write('a/1/half', 'x');
    const source = at.watch('all');
    await at.begin();
    expect([...source.models().keys()]).toEqual(['a']);
    await at.disk.remove('a');
    await at.poll();
    expect([...source.models().keys()]).toEqual([]);
  });

  it('goes on with the models it knows while they cannot be listed, and says so once', async () => {
    await at.disk.publish('a/1');
    const source = at.watch('all');
    expect(await at.begin()).toEqual(['a: 1']);
    at.observed.failList(permissionDenied('this process may not use the root'));
    await at.disk.publish('a/2');
    expect(await at.poll()).toEqual(['a: 2']);
    await source.scanNow();
    expect(at.warnings).toEqual(['the models of the repository cannot be listed: this process may not use the root']);
  });

  it('takes no list of models', () => {
    const source = at.watch('all');
    expect(() => source.configure(new Map())).toThrow(expect.objectContaining({ code: Code.FailedPrecondition }));
  });
});

describe('RepositorySource.scanNow', () => {
  it('sees what was published before the call', async () => {
    const source = at.watch({ m: latest() });
    await at.disk.publish('m/1');
    await source.scanNow('m');
    expect(at.news()).toEqual(['m: 1']);
  });

  it('finds a model that is new in a source of all models', async () => {
    const source = at.watch('all');
    await at.begin();
    await at.disk.publish('fresh/1');
    await source.scanNow('fresh');
    expect(at.news()).toEqual(['fresh: 1']);
  });

  it('rejects with the error of the model, and with NOT_FOUND for one that is not watched', async () => {
    at.observed.fail('m', dataLoss('the disk has failed'));
    const source = at.watch({ m: latest() });
    await expect(source.scanNow('m')).rejects.toMatchObject({ code: Code.DataLoss });
    await expect(source.scanNow('other')).rejects.toMatchObject({ code: Code.NotFound });
    await source.scanNow();
  });
});

describe('RepositorySource.subscribe and close', () => {
  it('tells a late subscriber what is aspired to, and a disposed one nothing', async () => {
    await at.disk.publish('m/1');
    const source = at.watch({ m: latest() });
    expect(await at.begin()).toEqual(['m: 1']);
    const late: AspiredVersions<Servable>[] = [];
    const subscription = source.subscribe((aspired) => void late.push(aspired));
    expect(late).toMatchObject([{ name: 'm', versions: [{ id: { version: 1 } }] }]);
    subscription[Symbol.dispose]();
    await at.disk.publish('m/2');
    expect(await at.poll()).toEqual(['m: 2']);
    expect(late).toHaveLength(1);
  });

  it('does not poll before the first subscriber', async () => {
    const source = new RepositorySource({
      repository: at.observed,
      models: 'all',
      makeLoader: loaderOf,
      clock: at.clock,
    });
    await at.observed.idle();
    expect([at.observed.scanned, at.clock.armed]).toEqual([[], 0]);
    await source.close();
  });

  it('close() waits for the running scan, which then emits nothing', async () => {
    await at.disk.publish('m/1');
    at.observed.hold('m');
    const source = at.watch({ m: latest() });
    await Promise.resolve();
    let closed = false;
    const closing = source.close().then(() => {
      closed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    at.observed.release('m');
    await closing;
    await source.close();
    expect([at.news(), at.clock.armed]).toEqual([[], 0]);
  });
});

describe('RepositorySource.update', () => {
  const watched = new Map([['m', { policy: latest(), basePath: '/elsewhere' }]]);

  async function configured(): Promise<RepositorySource<Servable>> {
    const source = at.watch({});
    source.configure(watched);
    await at.observed.idle();
    return source;
  }

  it('changes the index of the place where the model is, and looks again', async () => {
    const source = await configured();
    const scans = at.observed.scanned.length;
    const names: string[] = [];
    const changed = await source.update('m', (index, name) => {
      names.push(name);
      return { ...index };
    });
    await at.observed.idle();
    expect([changed, names, at.observed.scanned.length]).toEqual([true, ['/elsewhere/m'], scans + 1]);
  });

  it('does not look again when nothing was changed', async () => {
    const source = await configured();
    const scans = at.observed.scanned.length;
    expect(await source.update('m', (index) => index)).toBe(false);
    await at.observed.idle();
    expect(at.observed.scanned.length).toBe(scans);
  });

  it('rejects with FAILED_PRECONDITION for a model that is not watched', async () => {
    const source = await configured();
    await expect(source.update('n', (index) => index)).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: 'model "n" is not changed: it is not watched',
    });
  });
});
