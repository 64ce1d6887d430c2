import { join } from 'node:path';
import { Code, dataLoss, version } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { all, latest, specific } from '../../../gpu-backend/src/repository/servable-version-policy.ts';
import { SourceHarness, watchedBy } from './source-harness.ts';

let at: SourceHarness;

beforeEach(async () => {
  at = await SourceHarness.create();
});

afterEach(async () => {
  await at[Symbol.asyncDispose]();
});

const [V1, V2] = [version(1), version(2)];

describe('a watched model with held versions', () => {
  it('keeps them beside what the policy wants, until they are let go', async () => {
    await at.disk.publish('m/1');
    const source = at.watch({ m: latest() });
    expect(await at.begin()).toEqual(['m: 1']);
    await at.disk.publish('m/2');
    source.configure(new Map([['m', { policy: latest(), held: [V1] }]]));
    expect(await at.poll()).toEqual(['m: 1 2']);
    expect(source.models().get('m')).toMatchObject({ versions: [1, 2], held: [1] });
    source.configure(watchedBy({ m: latest() }));
    expect(await at.begin()).toEqual(['m: 2']);
  });

  it('aspires to no version only because it is held', async () => {
    await at.disk.publish('m/1');
    await at.disk.publish('m/2');
    const source = at.watch({ m: latest() });
    await at.begin();
    source.configure(new Map([['m', { policy: latest(), held: [V1] }]]));
    expect(await at.begin()).toEqual([]);
    expect(source.models().get('m')).toMatchObject({ versions: [2], held: [] });
  });

  it.each(['m/1', 'm'])('keeps them though %s is gone and the policy wants nothing', async (gone) => {
    await at.disk.publish('m/1');
    const source = at.watch({ m: latest() }, { keepLastVersion: false });
    await at.begin();
    await at.disk.remove(gone);
    source.configure(new Map([['m', { policy: specific([]), held: [V1] }]]));
    expect([await at.begin(), source.models().get('m')?.versions]).toEqual([[], [1]]);
    source.configure(watchedBy({ m: specific([]) }));
    expect(await at.begin()).toEqual(['m: ']);
  });
});

describe('a watched model that gets another base path', () => {
  it('loads the same version from there', async () => {
    await at.disk.publish('old/1');
    await at.disk.publish('new/1');
    const place = (name: string) => new Map([['m', { policy: latest(), basePath: join(at.disk.root, name) }]]);
    const source = at.watch({});
    source.configure(place('old'));
    expect(await at.begin()).toEqual(['m: 1']);
    source.configure(place('new'));
    await at.observed.idle();
    const signal = new AbortController().signal;
    expect(await at.emitted[0]?.versions[0]?.load(signal)).toBe(join(at.disk.root, 'new/1'));
  });

  it('keeps what it has until the files there have been seen twice', async () => {
    await at.disk.publish('m/1');
    await at.disk.write('new/2/model.onnx', 'onnx');
    const source = at.watch({ m: latest() }, { keepLastVersion: false, intervalMs: 3_600_000 });
    expect(await at.begin()).toEqual(['m: 1']);
    source.configure(new Map([['m', { policy: latest(), basePath: join(at.disk.root, 'new') }]]));
    expect(await at.begin()).toEqual([]);
    expect(source.models().get('m')).toMatchObject({ versions: [1], settling: [2], isPending: true });
    expect(await at.poll()).toEqual(['m: 2']);
    expect(source.models().get('m')).toMatchObject({ versions: [2], settling: [], isPending: false });
  });

  it('keeps what it has when nothing is there, and says why', async () => {
    await at.disk.publish('m/1');
    const source = at.watch({ m: latest() });
    await at.begin();
    source.configure(new Map([['m', { policy: latest(), basePath: join(at.disk.root, 'nowhere') }]]));
    expect(await at.begin()).toEqual([]);
    expect(source.models().get('m')).toMatchObject({ versions: [1], error: { code: Code.NotFound } });
  });
});

describe('the state of a watched model', () => {
  it('is pending until the first look is over', async () => {
    await at.disk.publish('m/1');
    const source = at.watch({ m: latest() });
    expect(source.models().get('m')).toMatchObject({ versions: [], isPending: true });
    await at.begin();
    expect(source.models().get('m')).toEqual({ versions: [1], held: [], isPending: false, settling: [] });
  });

  it('is pending again when it is watched in another way, and only then', async () => {
    await at.disk.publish('m/1');
    const source = at.watch({ m: latest() });
    await at.begin();
    source.configure(watchedBy({ m: latest() }));
    expect(source.models().get('m')?.isPending).toBe(false);
    source.configure(watchedBy({ m: all() }));
    expect(source.models().get('m')?.isPending).toBe(true);
    await at.begin();
    expect(source.models().get('m')?.isPending).toBe(false);
  });

  it('is not pending when versions become held, as that changes nothing', async () => {
    await at.disk.publish('m/1');
    const source = at.watch({ m: latest() });
    await at.begin();
    source.configure(new Map([['m', { policy: latest(), held: [V1] }]]));
    expect(source.models().get('m')?.isPending).toBe(false);
    await at.observed.idle();
    expect(at.observed.scanned).toHaveLength(1);
  });

  it('stays pending while a look ends that had begun before lookAgain()', async () => {
    await at.disk.publish('m/1');
    at.observed.hold('m');
    const source = at.watch({ m: latest() });
    await Promise.resolve();
    const seen: (boolean | undefined)[] = [];
    source.onLook(() => seen.push(source.models().get('m')?.isPending));
    source.lookAgain('m');
    at.observed.release('m');
    await at.begin();
    expect(seen).toEqual([true, false]);
  });

  it('has the error of a failed look, or says that nothing is there', async () => {
    at.observed.fail('m', dataLoss('the disk has failed'));
    const source = at.watch({ m: latest() });
    await at.begin();
    expect(source.models().get('m')?.error?.message).toBe('the disk has failed');
    at.observed.fail('m', undefined);
    await at.disk.publish('m/1');
    await at.disk.remove('m/1');
    await source.scanNow();
    expect(source.models().get('m')?.error?.message).toBe('model "m" has no version that its policy wants');
    source.configure(watchedBy({ m: specific([]) }));
    await at.begin();
    expect(source.models().get('m')?.error).toBeUndefined();
  });
});

describe('a version without a manifest', () => {
  it('is found a second after the first look, whatever the interval', async () => {
    await at.disk.write('m/1/model.onnx', 'onnx');
    at.watch({ m: specific([V1, V2]) }, { intervalMs: 3_600_000 });
    expect(await at.begin()).toEqual([]);
    expect(await at.poll()).toEqual(['m: 1']);
  });

  it('is found when it is configured after a single poll', async () => {
    await at.disk.write('m/1/model.onnx', 'onnx');
    const source = at.watch({}, { intervalMs: 0 });
    await at.begin();
    source.configure(watchedBy({ m: latest() }));
    expect(await at.begin()).toEqual([]);
    expect(await at.poll()).toEqual(['m: 1']);
    expect(at.clock.armed).toBe(0);
  });
});
