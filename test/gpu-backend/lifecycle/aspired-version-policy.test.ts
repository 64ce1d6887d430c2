import { version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  type AspiredVersionPolicy,
  availabilityPreserving,
  resourcePreserving,
  type VersionSnapshot,
} from '../../../gpu-backend/src/lifecycle/aspired-version-policy.ts';
import type { HarnessState } from '../../../gpu-backend/src/lifecycle/harness-state.ts';

type Row = readonly [title: string, versions: readonly string[], expected: string | undefined];

/** `1 ready` is an aspired version, `1 ready stale` one that is not. */
function snapshots(rows: readonly string[]): VersionSnapshot[] {
  return rows.map((row) => {
    const [number, state, stale] = row.split(' ');
    // as: the tables below hold nothing but states
    return { id: { name: 'm', version: version(Number(number)) }, state: state as HarnessState, aspired: !stale };
  });
}

function decide(policy: AspiredVersionPolicy, rows: readonly string[]): string | undefined {
  const action = policy(snapshots(rows));
  return action && `${action.kind} ${action.id.version}`;
}

const AVAILABILITY: readonly Row[] = [
  ['does nothing without versions', [], undefined],
  ['loads the highest new aspired version', ['1 new', '3 new', '2 new'], 'load 3'],
  ['never loads a version that is not aspired', ['1 new stale'], undefined],
  ['unloads a version that is not aspired before it loads', ['1 ready stale', '2 ready', '3 new'], 'unload 1'],
  [
    'unloads the lowest version when nothing is aspired',
    ['3 ready stale', '1 ready stale', '2 ready stale'],
    'unload 1',
  ],
  ['unloads the only version when nothing is aspired', ['1 ready stale'], 'unload 1'],
  ['does nothing when all is as it should be', ['1 ready', '2 loading', '3 failed'], undefined],
  ['keeps the only ready version while the aspired one loads', ['1 ready stale', '2 loading'], undefined],
  ['keeps the only ready version when the aspired one failed', ['1 ready stale', '2 failed'], undefined],
  ['loads the aspired version beside the only ready one', ['1 ready stale', '2 new'], 'load 2'],
  [
    'unloads when another aspired version is ready though one loads',
    ['1 ready stale', '2 ready', '3 loading'],
    'unload 1',
  ],
  [
    'unloads when another aspired version is ready though one failed',
    ['1 ready stale', '2 ready', '3 failed'],
    'unload 1',
  ],
  ['unloads one of two when no aspired version is ready', ['2 ready stale', '1 ready stale', '3 loading'], 'unload 1'],
  [
    'does not count a version that is torn down as ready',
    ['1 quiescing stale', '2 ready stale', '3 loading'],
    undefined,
  ],
  ['loads while an old version is torn down', ['1 unloading stale', '2 new'], 'load 2'],
];

const RESOURCES: readonly Row[] = [
  ['does nothing without versions', [], undefined],
  ['unloads the first ready version that is not aspired', ['3 ready stale', '1 ready stale', '4 new'], 'unload 3'],
  ['unloads the only ready version before anything is loaded', ['1 ready stale', '2 new'], 'unload 1'],
  ['loads the highest aspired version when none is to unload', ['1 new', '3 new', '2 ready'], 'load 3'],
  ['does nothing when all is as it should be', ['1 ready', '2 loading', '3 failed'], undefined],
  ['waits while a version quiesces', ['1 quiescing stale', '2 new'], undefined],
  ['waits while a version unloads', ['1 unloading stale', '2 new'], undefined],
  ['waits while a cancelled load runs', ['1 loading stale', '2 new'], undefined],
  ['loads when what is not aspired failed', ['1 failed stale', '2 new'], 'load 2'],
  ['loads when what is not aspired is unloaded or failed', ['1 failed stale', '3 unloaded stale', '2 new'], 'load 2'],
  ['waits when one failed and another is torn down', ['1 failed stale', '3 quiescing stale', '2 new'], undefined],
];

describe.each([
  ['availabilityPreserving', availabilityPreserving, AVAILABILITY],
  ['resourcePreserving', resourcePreserving, RESOURCES],
] as const)('%s', (_, policy, rows) => {
  it.each(rows)('%s', (_title, versions, expected) => {
    expect(decide(policy, versions)).toBe(expected);
  });
});
