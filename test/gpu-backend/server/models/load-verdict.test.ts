import { dataLoss, type StatusError, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { PublishedState, ServableState } from '../../../../gpu-backend/src/lifecycle/servable-state.ts';
import type { ModelState } from '../../../../gpu-backend/src/repository/watched-model.ts';
import { modelVerdict, versionVerdict } from '../../../../gpu-backend/src/server/models/load-verdict.ts';

/** `1 available`, `2 end failed`, `3 end stale`. */
function statesOf(rows: readonly string[]): ReadonlyMap<ServableState['id']['version'], ServableState> {
  return new Map(
    rows.map((row) => {
      const [number, state, more] = row.split(' ');
      const id = { name: 'm', version: version(Number(number)) };
      const error: StatusError | undefined = more === 'failed' ? dataLoss(`${number} is broken`) : undefined;
      // as: the rows below hold nothing but states
      return [id.version, { id, state: state as PublishedState, aspired: more !== 'stale', error }] as const;
    }),
  );
}

function modelOf(changes: Partial<Record<'versions' | 'held' | 'settling', readonly number[]>>, isPending = false) {
  const { versions = [], held = [], settling = [] } = changes;
  return {
    versions: versions.map(version),
    held: held.map(version),
    settling: settling.map(version),
    isPending,
  } satisfies ModelState;
}

const BROKEN = dataLoss('the disk has failed');

describe('modelVerdict', () => {
  it.each<[string, ModelState, readonly string[], string]>([
    ['nobody has looked', modelOf({ versions: [1] }, true), ['1 available'], 'pending'],
    ['the look failed', { ...modelOf({}), error: BROKEN }, [], 'failed: the disk has failed'],
    [
      'the look at its new place failed',
      { ...modelOf({ versions: [1] }), error: BROKEN },
      ['1 available'],
      'failed: the disk has failed',
    ],
    ['nothing is wanted', modelOf({}), [], 'served'],
    ['one version is available', modelOf({ versions: [1, 2] }), ['1 available', '2 loading'], 'served'],
    ['a version was not heard of yet', modelOf({ versions: [1] }), [], 'pending'],
    ['one failed and one loads', modelOf({ versions: [1, 2] }), ['1 loading', '2 end failed'], 'pending'],
    [
      'all failed, one of them for now',
      modelOf({ versions: [1, 2] }),
      ['1 loading failed', '2 end failed'],
      'failed 2: 2 is broken',
    ],
    ['it is still torn down', modelOf({ versions: [1] }), ['1 end stale'], 'pending'],
    [
      'only a held version is available',
      modelOf({ versions: [1, 2], held: [1] }),
      ['1 available', '2 start'],
      'pending',
    ],
  ])('when %s', (_, model, states, expected) => {
    expect(say(modelVerdict(model, statesOf(states)))).toBe(expected);
  });
});

describe('versionVerdict of version 2', () => {
  const missing = "failed 2: version 2 is not there, or its model's version policy does not want it";
  it.each<[string, ModelState, readonly string[], string]>([
    ['nobody has looked', modelOf({ versions: [2] }, true), ['2 available'], 'pending'],
    ['it is available', modelOf({ versions: [2] }), ['2 available'], 'served'],
    ['it loads', modelOf({ versions: [1, 2] }), ['1 available', '2 loading'], 'pending'],
    ['its files may be changing', modelOf({ versions: [1], settling: [2] }), ['1 available'], 'pending'],
    ['it failed', modelOf({ versions: [2] }), ['2 loading failed'], 'failed 2: 2 is broken'],
    ['it is not there', modelOf({ versions: [1] }), ['1 available'], missing],
    ['it is only held', modelOf({ versions: [1, 2], held: [2] }), ['1 available', '2 available'], missing],
  ])('when %s', (_, model, states, expected) => {
    expect(say(versionVerdict(version(2), model, statesOf(states)))).toBe(expected);
  });
});

function say(verdict: ReturnType<typeof modelVerdict>): string {
  if (verdict.kind !== 'failed') {
    return verdict.kind;
  }
  return `failed${verdict.version === undefined ? '' : ` ${verdict.version}`}: ${verdict.error.message}`;
}
