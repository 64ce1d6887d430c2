import { join } from 'node:path';
import { dataLoss, version } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  all,
  latest,
  type ServableVersionPolicy,
  specific,
} from '../../../gpu-backend/src/repository/servable-version-policy.ts';
import { SourceHarness, watchedBy } from './source-harness.ts';

let at: SourceHarness;

beforeEach(async () => {
  at = await SourceHarness.create();
});

afterEach(async () => {
  await at[Symbol.asyncDispose]();
});

describe('a watched model with policies', () => {
  it.each<[string, ServableVersionPolicy | undefined, string[]]>([
    ['latest() by default', undefined, ['m: 10']],
    ['latest(2)', latest(2), ['m: 9 10']],
    ['all()', all(), ['m: 1 9 10']],
    ['specific()', specific([version(1), version(9)]), ['m: 1 9']],
    ['specific() of nothing', specific([]), []],
  ])('aspires to %s', async (_, policy, expected) => {
    for (const name of ['1', '0009', '10']) {
      await at.disk.publish(`m/${name}`);
    }
    at.watch(policy === undefined ? 'all' : { m: policy });
    expect(await at.begin()).toEqual(expected);
  });

  it('names missing specific versions once, and aspires to the others', async () => {
    await at.disk.publish('m/1');
    at.watch({ m: specific([version(1), version(2), version(3)]) });
    expect(await at.begin()).toEqual(['m: 1']);
    await at.poll();
    expect(at.warnings).toEqual(['model "m" has no version 2, 3, which its policy names']);
    await at.disk.publish('m/3');
    expect(await at.poll()).toEqual(['m: 1 3']);
    expect(at.warnings.at(-1)).toBe('model "m" has no version 2, which its policy names');
  });

  it('unloads everything when the policy becomes specific() of nothing', async () => {
    await at.disk.publish('m/1');
    const source = at.watch({ m: latest() });
    expect(await at.begin()).toEqual(['m: 1']);
    source.configure(watchedBy({ m: specific([]) }));
    expect(await at.begin()).toEqual(['m: ']);
  });

  it('applies another policy at once', async () => {
    await at.disk.publish('m/1');
    await at.disk.publish('m/2');
    const source = at.watch({ m: latest() });
    expect(await at.begin()).toEqual(['m: 2']);
    source.configure(watchedBy({ m: all() }));
    expect(await at.begin()).toEqual(['m: 1 2']);
  });
});

describe('a watched model when a directory becomes empty or unreadable', () => {
  it('keeps the last versions by default, and says so once', async () => {
    await at.disk.publish('m/1');
    at.watch({ m: latest() });
    expect(await at.begin()).toEqual(['m: 1']);
    await at.disk.remove('m/1');
    expect(await at.poll()).toEqual([]);
    expect(await at.poll()).toEqual([]);
    expect(at.warnings).toEqual(['model "m" has no version that its policy wants; version 1 stays']);
    await at.disk.remove('m');
    expect(await at.poll()).toEqual([]);
    expect(await at.poll()).toEqual([]);
    expect(at.warnings.slice(1)).toEqual([`model "m" has no directory "${join(at.disk.root, 'm')}"; version 1 stays`]);
    await at.disk.publish('m/1');
    expect(await at.poll()).toEqual(['m: 1']); // another revision, should the first have failed to load
    await at.disk.publish('m/2');
    expect(await at.poll()).toEqual(['m: 2']);
  });

  it.each(['m/1', 'm'])('unloads all when %s disappears and keepLastVersion is false', async (path) => {
    await at.disk.publish('m/1');
    at.watch({ m: latest() }, { keepLastVersion: false });
    expect(await at.begin()).toEqual(['m: 1']);
    await at.disk.remove(path);
    expect(await at.poll()).toEqual(['m: ']);
    expect(await at.poll()).toEqual([]);
  });

  it.each([true, false])('keeps the versions of a directory that cannot be read (keepLastVersion %s)', async (keep) => {
    await at.disk.publish('m/1');
    at.watch({ m: latest() }, { keepLastVersion: keep });
    expect(await at.begin()).toEqual(['m: 1']);
    at.observed.fail('m', dataLoss('the disk has failed'));
    expect(await at.poll()).toEqual([]);
    expect(at.warnings).toEqual(['the disk has failed; version 1 stays']);
  });

  it('backs off up to eight intervals, logs each distinct error once, and recovers', async () => {
    await at.disk.publish('m/1');
    at.observed.fail('m', dataLoss('first'));
    at.watch({ m: latest() });
    await at.begin();
    const begun: number[] = [];
    for (let second = 1; second <= 30; second++) {
      const before = at.observed.scanned.length;
      await at.poll();
      if (at.observed.scanned.length > before) {
        begun.push(second);
      }
      if (second === 14) {
        at.observed.fail('m', dataLoss('second'));
      }
    }
    expect(begun).toEqual([2, 6, 14, 22, 30]);
    expect(at.warnings).toEqual(['first', 'second']);
    at.observed.fail('m', undefined);
    at.clock.advance(8_000);
    expect(await at.begin()).toEqual(['m: 1']);
    await at.disk.publish('m/2');
    expect(await at.poll()).toEqual(['m: 2']);
  });
});
