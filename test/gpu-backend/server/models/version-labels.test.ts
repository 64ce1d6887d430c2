import type { ModelConfig } from '@tensorfleet/codecs';
import { dataLoss, version } from '@tensorfleet/core';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { listModels, modelStatus } from '../../../../gpu-backend/src/server/model-info.ts';
import type { ModelSetParts } from '../../../../gpu-backend/src/server/models/model-set.ts';
import { listOf } from '../model-configs-of.ts';
import { ModelSetUnderTest } from '../model-set-under-test.ts';

let at: ModelSetUnderTest;

afterEach(async () => {
  await at[Symbol.asyncDispose]();
});

/** Serves versions 1 and 2 of `m`, with the label `stable` on 1. */
async function serve(options: Partial<ModelSetParts> = {}): Promise<void> {
  at = await ModelSetUnderTest.create(options);
  await at.disk.publish('m/1');
  await at.disk.publish('m/2');
  at.set.start(listOf(labelled({ stable: 1 })));
  await at.repository.idle();
}

function labelled(labels: Readonly<Record<string, number>>, versionPolicy: ModelConfig['versionPolicy'] = ALL) {
  const versions = Object.entries(labels).map(([label, number]) => [label, version(number)] as const);
  return at.model('m', { versionLabels: new Map(versions), versionPolicy });
}

const ALL = { kind: 'all' } as const;
const only = (...versions: readonly number[]) => ({ kind: 'specific', versions: versions.map(version) }) as const;
const by = (versionLabel: string): string => at.answer({ versionLabel });
const refused = (number: number): string =>
  `FAILED_PRECONDITION: Request to assign label to version ${number} of model m, which is not currently available for inference`;

describe('version labels', () => {
  it('name a version, beside the latest and a specific one: ModelSpecMultipleVersionsAvailable', async () => {
    await serve();
    expect([at.answer(), at.answer({ v: 1 }), by('stable')]).toEqual(['m:2 in m/2', 'm:1 in m/1', 'm:1 in m/1']);
    expect(modelStatus(at.core, { name: 'm', versionLabel: 'stable' })).toMatchObject([{ version: 1 }]);
    expect(listModels(at.core).map(({ name, labels }) => ({ name, labels }))).toEqual([
      { name: 'm', labels: { stable: 1 } },
    ]);
  });

  it('are INVALID_ARGUMENT when nobody has set them, and NOT_FOUND when their version is gone', async () => {
    await serve();
    expect(by('canary')).toBe('INVALID_ARGUMENT: Unrecognized servable version label: canary');
    await at.disk.remove('m/1');
    at.clock.advance(1_000);
    await at.repository.idle();
    expect(by('stable')).toBe('NOT_FOUND: Servable not found for request: Specific(m, 1)');
  });

  it('move after the load of their new version, in one reload', async () => {
    await serve();
    await at.disk.publish('m/3');
    at.hold('m/3');
    const reload = at.set.reload(listOf(labelled({ stable: 3 }, only(3))), new AbortController().signal);
    expect([await at.outcome(reload), by('stable')]).toEqual(['waiting', 'm:1 in m/1']);
    await at.release('m/3');
    expect([await at.outcome(reload), by('stable')]).toEqual(['ok', 'm:3 in m/3']);
    await at.repository.idle();
    expect(at.manager.list().map((id) => id.version)).toEqual([3]);
  });

  it('find a version that is on the disk for less than an interval', async () => {
    await serve();
    await at.disk.publish('m/3');
    expect([await at.reload(listOf(labelled({ stable: 3 }))), by('stable')]).toEqual(['ok', 'm:3 in m/3']);
  });

  it('are refused at once for a version that is not there: AssignLabelToUnavailableVersion', async () => {
    await serve();
    expect([await at.reload(listOf(labelled({ stable: 2, canary: 9 }))), by('stable'), by('canary')]).toEqual([
      refused(9),
      'm:1 in m/1',
      'INVALID_ARGUMENT: Unrecognized servable version label: canary',
    ]);
    expect(at.set.labelsArePending).toBe(true);
  });

  it('are refused for a version that the policy does not want, and keep the one that they have loaded', async () => {
    await serve();
    expect(await at.reload(listOf(labelled({ stable: 1 }, only(2))))).toBe(refused(1));
    expect(by('stable')).toBe('m:1 in m/1');
    expect(await at.reload(listOf(labelled({ stable: 2 }, only(2))))).toBe('ok');
    await at.repository.idle();
    expect([by('stable'), at.answer({ v: 1 })]).toEqual([
      'm:2 in m/2',
      'NOT_FOUND: Servable not found for request: Specific(m, 1)',
    ]);
  });

  it('are refused for a version that cannot be loaded', async () => {
    await serve();
    await at.disk.publish('m/3');
    at.break('m/3', dataLoss('broken'));
    expect([await at.reload(listOf(labelled({ stable: 3 }))), by('stable')]).toEqual([refused(3), 'm:1 in m/1']);
  });

  it('may be new on an unavailable version when that is allowed: AssignLabelToUnavailableVersionAllowed', async () => {
    await serve({ allowsUnavailableLabels: true });
    expect(await at.reload(listOf(labelled({ stable: 1, canary: 9 })))).toBe('ok');
    expect(by('canary')).toBe('NOT_FOUND: Servable not found for request: Specific(m, 9)');
    await at.disk.publish('m/9');
    at.clock.advance(1_000);
    await at.repository.idle();
    expect(by('canary')).toBe('m:9 in m/9');
  });

  it('may stay on an unavailable version when that is allowed, but not move to one', async () => {
    await serve({ allowsUnavailableLabels: true });
    await at.reload(listOf(labelled({ stable: 1, canary: 9 })));
    expect(await at.reload(listOf(labelled({ stable: 2, canary: 9 })))).toBe('ok');
    expect([await at.reload(listOf(labelled({ stable: 8 }))), by('stable')]).toEqual([refused(8), 'm:2 in m/2']);
  });

  it('all stay as they are when one of them is refused, in whatever model', async () => {
    await serve();
    await at.disk.publish('n/1');
    const other = at.model('n', { versionLabels: new Map([['stable', version(1)]]) });
    expect(await at.reload(listOf(labelled({ stable: 9 }), other))).toBe(refused(9));
    expect(at.answer({ name: 'n', versionLabel: 'stable' })).toBe(
      'INVALID_ARGUMENT: Unrecognized servable version label: stable',
    );
    expect(await at.reload(listOf(labelled({ stable: 2 }), other))).toBe('ok');
    expect([by('stable'), at.answer({ name: 'n', versionLabel: 'stable' })]).toEqual(['m:2 in m/2', 'n:1 in n/1']);
    expect(at.set.labelsArePending).toBe(false);
  });

  it('are gone when a configuration has none: VersionLabelsNotAllowed', async () => {
    await serve();
    expect([await at.reload(listOf(labelled({}))), by('stable')]).toEqual([
      'ok',
      'INVALID_ARGUMENT: Unrecognized servable version label: stable',
    ]);
  });

  it('stay in force, and loaded, when the reload that moves them runs out of time', async () => {
    await serve();
    await at.disk.publish('m/3');
    at.hold('m/3');
    const reload = at.set.reload(listOf(labelled({ stable: 3 }, only(3))), new AbortController().signal);
    await at.outcome(reload);
    at.clock.advance(10_000);
    expect(await at.outcome(reload)).toMatch(/^UNAVAILABLE: .*still loads \{name: m version: 3\}$/);
    await at.release('m/3');
    expect([by('stable'), at.set.labelsArePending]).toEqual(['m:1 in m/1', true]);
    expect([await at.reload(listOf(labelled({ stable: 3 }, only(3)))), by('stable')]).toEqual(['ok', 'm:3 in m/3']);
  });
});

describe('version labels through any reloads', () => {
  const number = fc.integer({ min: 1, max: 4 }); // version 4 is nowhere
  const labels = fc.dictionary(fc.constantFrom('stable', 'canary'), number, { noNullPrototype: true });
  const policy = fc.oneof(
    fc.constant(ALL),
    fc.constant(undefined),
    fc.uniqueArray(number).map((versions) => only(...versions)),
  );
  const reloads = fc.array(fc.tuple(labels, policy, fc.constantFrom('m', 'moved')), { minLength: 1, maxLength: 6 });

  it('name versions that can be acquired, those of the last reload that went well', async () => {
    await fc.assert(
      fc.asyncProperty(reloads, async (steps) => {
        at = await ModelSetUnderTest.create();
        await Promise.all(['m/1', 'm/2', 'm/3', 'moved/2', 'moved/3'].map((place) => at.disk.publish(place)));
        at.set.start(listOf());
        let inForce: Readonly<Record<string, number>> = {};
        for (const [wanted, versionPolicy, place] of steps) {
          const basePath = at.model('m', {}, place).basePath;
          const outcome = await at.reload(listOf({ ...labelled(wanted, versionPolicy), basePath }));
          await at.repository.idle();
          inForce = at.set.labelsArePending ? inForce : wanted;
          expect(outcome).toMatch(/^(ok$|FAILED_PRECONDITION|UNKNOWN)/);
          for (const [label, number] of Object.entries(inForce)) {
            expect(by(label)).toMatch(new RegExp(`^m:${number} in (m|moved)/${number}$`));
          }
        }
        await at[Symbol.asyncDispose]();
      }),
      { numRuns: 40 },
    );
  });
});
