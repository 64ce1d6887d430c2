import { type Code, StatusError } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routedVersions } from '../../../../layers/repository/src/format/model-routing.ts';
import { formatIndex, parseIndex } from '../../../../layers/repository/src/format/read-index.ts';
import type { RepositoryIndex } from '../../../../layers/repository/src/format/repository-index.ts';
import { promote, removeLabel, setLabel, setWeights } from '../../../../layers/repository/src/publish/label-edits.ts';
import { rollback } from '../../../../layers/repository/src/publish/rollback.ts';
import { endRollout, startRollout, stepRollout } from '../../../../layers/repository/src/publish/rollout-edits.ts';
import { clearShadow, setShadow } from '../../../../layers/repository/src/publish/shadow-edits.ts';
import { addVersion, retire } from '../../../../layers/repository/src/publish/version-edits.ts';
import { indexOf, v } from './index-builder.ts';

/** Model `m` has versions, `n` is not there yet. */
const START = indexOf(0, 1, 2, 3);

type Change = (index: RepositoryIndex, at: number) => RepositoryIndex;

const model = fc.constantFrom('m', 'n');
const number = fc.integer({ min: 0, max: 4 }).map(v);
const label = fc.constantFrom('stable', 'canary', '7');
const manifest = fc.constantFrom('a'.repeat(64), 'b'.repeat(64));
const steps = fc.constantFrom([100], [5, 100], [1, 10, 100], [100, 5]);
const bounds = { windowSeconds: 60, minRequests: 1, maxErrorRate: 0.1 };

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ model, version: number, manifest }).map(
    (e): Change =>
      (i, at) =>
        addVersion(i, { ...e, bytes: 1, at }),
  ),
  fc.record({ model, version: number, unlisted: fc.boolean() }).map(
    (e): Change =>
      (i, at) =>
        retire(i, { ...e, at }),
  ),
  fc.record({ model, label, version: number }).map(
    (e): Change =>
      (i, at) =>
        setLabel(i, { ...e, at }),
  ),
  fc.record({ model, label, weights: fc.array(fc.tuple(number, fc.integer({ min: 0, max: 9 }))) }).map(
    (e): Change =>
      (i, at) =>
        setWeights(i, { ...e, weights: new Map(e.weights), at }),
  ),
  fc.record({ model, label }).map(
    (e): Change =>
      (i, at) =>
        removeLabel(i, { ...e, at }),
  ),
  fc.record({ model, label, version: number }).map(
    (e): Change =>
      (i, at) =>
        promote(i, { ...e, at }),
  ),
  fc.record({ model, label }).map(
    (e): Change =>
      (i, at) =>
        rollback(i, { ...e, at }),
  ),
  fc.record({ model, version: number }).map(
    (e): Change =>
      (i, at) =>
        setShadow(i, { ...e, percent: 50, at }),
  ),
  fc.record({ model }).map(
    (e): Change =>
      (i, at) =>
        clearShadow(i, { ...e, at }),
  ),
  fc.record({ model, label, candidate: number, steps }).map(
    (e): Change =>
      (i, at) =>
        startRollout(i, { ...e, stepSeconds: 1, bounds, at }),
  ),
  fc.record({ model, candidate: number, from: fc.integer({ min: 0, max: 2 }) }).map(
    (e): Change =>
      (i, at) =>
        stepRollout(i, { ...e, at }),
  ),
  fc.record({ model, candidate: number, state: fc.constantFrom('done', 'rolled_back') }).map(
    (e): Change =>
      (i, at) =>
        endRollout(i, { ...e, reason: 'r', at }),
  ),
);

/** The index after a change, or the one before when it is refused. */
function attempt(index: RepositoryIndex, edit: Change, at: number): RepositoryIndex {
  try {
    return edit(index, at);
  } catch (reason) {
    if (!StatusError.is(reason)) {
      throw reason;
    }
    const expected: readonly Code[] = [3, 5, 6, 9];
    expect(expected).toContain(reason.code);
    return index;
  }
}

describe('changes of an index', () => {
  it('in any order leave one that can be written and read, whose labels name its versions, and do nothing twice', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        let index = START;
        changes.forEach((each, i) => {
          const before = index;
          index = attempt(before, each, 1000 + i);
          expect(attempt(index, each, 1000 + i)).toBe(index);
          for (const [name, { versions, retired }] of before.models) {
            const now = index.models.get(name);
            const lost = [...versions].filter(([version, facts]) => now?.versions.get(version) !== facts);
            expect(lost.filter(([version]) => !now?.retired.includes(version))).toEqual([]);
            expect(now?.retired).toEqual(expect.arrayContaining([...retired]));
          }
        });
        const read = parseIndex(formatIndex(index), 'index.json');
        expect(read.problems).toEqual(new Map());
        expect(read.index).toEqual(index);
        for (const each of index.models.values()) {
          expect([...each.versions.keys()]).toEqual(expect.arrayContaining([...routedVersions(each)]));
        }
      }),
      { numRuns: 300 },
    );
  });
});
