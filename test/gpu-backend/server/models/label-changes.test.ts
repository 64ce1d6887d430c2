import { dataLoss, type Version, version } from '@tensorfleet/core';
import { versionsOf } from '@tensorfleet/repository';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advanceLabels,
  type LabelProgress,
  type PendingLabel,
} from '../../../../gpu-backend/src/server/models/label-changes.ts';
import type { Verdict } from '../../../../gpu-backend/src/server/models/load-verdict.ts';
import { type Labels, targetsOf } from './routed-models.ts';

const BROKEN = dataLoss('the file is cut off');

interface Row {
  readonly what: string;
  readonly inForce: Labels;
  /** By label: the target, and the look that brought it. */
  readonly waiting?: Readonly<Record<string, readonly [Labels[string], number]>>;
  readonly wanted: Labels;
  readonly served: readonly number[];
  readonly failed?: readonly number[];
  readonly now: Labels;
  /** By label: the look, and whether it says why. */
  readonly pending?: Readonly<Record<string, readonly [number, boolean]>>;
}

const LOOK = 7;

const ROWS: readonly Row[] = [
  { what: 'nothing changes', inForce: { stable: 1 }, wanted: { stable: 1 }, served: [1], now: { stable: 1 } },
  {
    what: 'a target that is served is taken',
    inForce: { stable: 1 },
    wanted: { stable: 2 },
    served: [1, 2],
    now: { stable: 2 },
  },
  {
    what: 'a target that loads waits',
    inForce: { stable: 1 },
    wanted: { stable: 2 },
    served: [1],
    now: { stable: 1 },
    pending: { stable: [LOOK, false] },
  },
  {
    what: 'one version of several loads: the label waits',
    inForce: { canary: 1 },
    wanted: { canary: { 1: 95, 2: 5 } },
    served: [1],
    now: { canary: 1 },
    pending: { canary: [LOOK, false] },
  },
  {
    what: 'a new label waits',
    inForce: {},
    wanted: { stable: 2 },
    served: [1],
    now: {},
    pending: { stable: [LOOK, false] },
  },
  {
    what: 'labels of one look wait for one another',
    inForce: { stable: 1, canary: 1 },
    wanted: { stable: 2, canary: 3 },
    served: [1, 2],
    now: { stable: 1, canary: 1 },
    pending: { stable: [LOOK, false], canary: [LOOK, false] },
  },
  {
    what: 'a version that failed leaves its label behind, and no other',
    inForce: { stable: 1, canary: 1 },
    wanted: { stable: 2, canary: 3 },
    served: [1, 2],
    failed: [3],
    now: { stable: 2, canary: 1 },
    pending: { canary: [LOOK, true] },
  },
  {
    what: 'the way back does not wait for what an earlier look brought',
    inForce: { stable: 1, canary: { 1: 50, 2: 50 } },
    waiting: { stable: [3, 6] },
    wanted: { stable: 3, canary: 1 },
    served: [1, 2],
    now: { stable: 1, canary: 1 },
    pending: { stable: [6, false] },
  },
  {
    what: 'another target of a label that waits is another change',
    inForce: { stable: 1 },
    waiting: { stable: [2, 6] },
    wanted: { stable: 3 },
    served: [1],
    now: { stable: 1 },
    pending: { stable: [LOOK, false] },
  },
  {
    what: 'a label that comes back to what it stands for waits no more',
    inForce: { stable: 1 },
    waiting: { stable: [2, 6] },
    wanted: { stable: 1 },
    served: [1],
    now: { stable: 1 },
  },
  {
    what: 'what is in force already need not be served',
    inForce: { stable: 1, canary: 3 },
    wanted: { stable: 2, canary: 3 },
    served: [1, 2],
    failed: [3],
    now: { stable: 2, canary: 3 },
  },
  {
    what: 'weights move between versions that are served',
    inForce: { canary: { 1: 95, 2: 5 } },
    wanted: { canary: { 1: 90, 2: 10 } },
    served: [1, 2],
    now: { canary: { 1: 90, 2: 10 } },
  },
  {
    what: 'a label that is gone is gone at once',
    inForce: { stable: 1, canary: 2 },
    waiting: { beta: [3, 6] },
    wanted: { stable: 1 },
    served: [1, 2],
    now: { stable: 1 },
  },
  {
    what: 'a model that answers nothing has the labels of its repository',
    inForce: { stable: 1 },
    waiting: { stable: [2, 6] },
    wanted: { stable: 2, canary: { 2: 1, 3: 1 } },
    served: [],
    failed: [3],
    now: { stable: 2, canary: { 2: 1, 3: 1 } },
  },
];

function verdictsOf(served: readonly number[], failed: readonly number[] = []): (of: Version) => Verdict {
  return (of) =>
    served.includes(of)
      ? { kind: 'served' }
      : failed.includes(of)
        ? { kind: 'failed', error: BROKEN }
        : { kind: 'pending' };
}

function progress(inForce: Labels, waiting: Row['waiting'] = {}): LabelProgress {
  const pending = Object.entries(waiting).map(([label, [target, look]]): [string, PendingLabel] => {
    const [only] = targetsOf({ label: target }).values();
    return [label, { target: only ?? version(0), look }];
  });
  return { inForce: targetsOf(inForce), pending: new Map(pending) };
}

describe('advanceLabels', () => {
  it.each(ROWS)('$what', ({ inForce, waiting, wanted, served, failed, now, pending = {} }) => {
    const before = progress(inForce, waiting);
    const facts = { wanted: targetsOf(wanted), answers: served.length > 0, verdictOf: verdictsOf(served, failed) };
    const after = advanceLabels(before, { ...facts, look: LOOK });
    expect(after.inForce).toEqual(targetsOf(now));
    expect(
      Object.fromEntries([...after.pending].map(([label, one]) => [label, [one.look, one.error === BROKEN]])),
    ).toEqual(pending);
    expect(advanceLabels(after, { ...facts, look: LOOK + 1 })).toEqual(after);
  });

  it('brings no label to versions of which one is not served, and holds none back for ever', () => {
    const target = fc.oneof(
      fc.integer({ min: 1, max: 4 }),
      fc.dictionary(fc.constantFrom('1', '2', '3', '4'), fc.constantFrom(1, 5), { minKeys: 1, noNullPrototype: true }),
    );
    const labels = fc.dictionary(fc.constantFrom('stable', 'canary'), target, { noNullPrototype: true });
    const served = fc.subarray([1, 2, 3, 4], { minLength: 1 });
    const looks = fc.array(fc.tuple(labels, served, fc.subarray([1, 2, 3, 4])), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(looks, (steps) => {
        let at: LabelProgress = { inForce: new Map(), pending: new Map() };
        for (const [look, [wanted, loaded, broken]] of steps.entries()) {
          const facts = { wanted: targetsOf(wanted), look, answers: true, verdictOf: verdictsOf(loaded, broken) };
          const next = advanceLabels(at, facts);
          for (const [label, to] of next.inForce) {
            const isOld = at.inForce.get(label) === to;
            expect(isOld || versionsOf(to).every((each) => loaded.includes(each))).toBe(true);
          }
          expect([...next.inForce.keys(), ...next.pending.keys()].every((label) => facts.wanted.has(label))).toBe(true);
          const all = advanceLabels(next, { ...facts, verdictOf: () => ({ kind: 'served' }) });
          expect(all).toEqual({ inForce: facts.wanted, pending: new Map() });
          at = next;
        }
      }),
      { seed: 6, numRuns: 500 },
    );
  });
});
