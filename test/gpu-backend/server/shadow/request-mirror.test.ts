import {
  type CallContext,
  CLASSIFY_METHOD,
  internal,
  invalidArgument,
  type NamedTensors,
  unavailable,
  version,
} from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { classify } from '../../../../gpu-backend/src/server/classify.ts';
import { ROLLOUT } from '../../../layers/repository/rollout/rollout-under-test.ts';
import { fp32, named, signature } from '../../../support/tensors.ts';
import { type Compute, type FakeVersion, MirrorUnderTest } from './mirror-under-test.ts';

const SIGNATURE = signature({ x: ['FP32', [null]] }, { y: ['FP32', [null]] });
const X = named({ x: fp32([2], 1, 2) });
const ANSWER = named({ y: fp32([2], 3, 4) });
const SHADOW = { shadow: { version: version(13), percent: 60 } };

const WELL: Compute = () => ANSWER;

function versions(compute13: Compute, compute12: Compute = WELL): Record<12 | 13, FakeVersion> {
  return { 12: { signature: SIGNATURE, compute: compute12 }, 13: { signature: SIGNATURE, compute: compute13 } };
}

function fails(error: Error): Compute {
  return () => {
    throw error;
  };
}

/** One request, and what becomes of its mirror image. */
async function mirrored(fakes: Readonly<Record<number, FakeVersion>>, routing: object = SHADOW, inputs = X) {
  const at = new MirrorUnderTest(fakes, routing);
  const { version: answeredBy, outputs } = await at.predict(inputs);
  await at.loop.run();
  return { at, answeredBy, outputs, outcomes: at.outcomes, comparisons: at.comparisons };
}

describe('RequestMirror', () => {
  it.each<[string, Compute, string, readonly string[]]>([
    ['the same answer', WELL, '13 agreed', ['12 13 0']],
    ['another answer', () => named({ y: fp32([2], 3, 5) }), '13 disagreed', ['12 13 0.5']],
    ['a fault', fails(internal('broken')), '13 failed', ['12 13 1']],
    ['a refusal of what the other version takes', fails(invalidArgument('no')), '13 failed', ['12 13 1']],
    ['no room', fails(unavailable('full')), '13 missed', []],
  ])(
    'counts %s, and clients get the answer of the version that is theirs',
    async (_what, compute, outcome, compared) => {
      const { answeredBy, outputs, outcomes, comparisons } = await mirrored(versions(compute));
      expect([answeredBy, outputs]).toEqual([12, ANSWER]);
      expect([outcomes, comparisons]).toEqual([[outcome], compared]);
    },
  );

  it('counts another signature as a failure', async () => {
    const fakes = { ...versions(WELL), 13: { signature: { ...SIGNATURE, name: 'other' }, compute: WELL } };
    const { at, outcomes, comparisons } = await mirrored(fakes);
    expect([outcomes, comparisons]).toEqual([['13 failed'], ['12 13 1']]);
    expect(at.log.lines.map(({ text }) => text)).toEqual([
      'version 13 of model "m" failed a mirrored request that version 12 answered: it has no signature "serving_default"',
    ]);
  });

  it('misses a version that is not loaded', async () => {
    const { 12: only } = versions(WELL);
    expect(await mirrored({ 12: only })).toMatchObject({ outcomes: ['13 missed'], comparisons: [] });
  });

  it('begins when the answer is there, never before', async () => {
    const events: string[] = [];
    const at = new MirrorUnderTest(
      versions(
        () => {
          events.push('mirrored');
          return ANSWER;
        },
        () => {
          events.push('run');
          return ANSWER;
        },
      ),
      SHADOW,
    );
    await at.predict(X);
    events.push('answered');
    await at.loop.run();
    expect(events).toEqual(['run', 'answered', 'mirrored']);
  });

  it('is no request for those who observe requests', async () => {
    const { at } = await mirrored(versions(fails(internal('broken'))));
    expect(at.requests.map((facts) => [facts.version, facts.code])).toEqual([[12, 0]]);
  });

  it.each<[string, object, number | undefined]>([
    ['is not sampled', { shadow: { version: version(13), percent: 50 } }, undefined],
    ['names a version', SHADOW, 12],
    ['is answered by the shadow', { shadow: { version: version(12), percent: 100 } }, undefined],
    ['has no shadow', {}, undefined],
  ])('leaves a request alone that %s', async (_what, routing, wanted) => {
    const at = new MirrorUnderTest(versions(WELL), routing);
    await at.predict(X, wanted === undefined ? undefined : version(wanted));
    expect([at.loop.due, at.outcomes]).toEqual([0, []]);
  });

  it('leaves a request alone that failed', async () => {
    const at = new MirrorUnderTest(versions(WELL, fails(internal('broken'))), SHADOW);
    await expect(at.predict(X)).rejects.toThrow('broken');
    expect([at.loop.due, at.outcomes]).toEqual([0, []]);
  });

  it('compares the versions of a rollout with a bound on disagreement', async () => {
    const at = new MirrorUnderTest(versions(WELL), { rollout: ROLLOUT, ...SHADOW });
    await at.predict(X);
    await at.loop.run();
    at.core.labels.publish('m', new Map([['stable', version(13)]]));
    await at.predict(X);
    await at.loop.run();
    expect(at.comparisons).toEqual(['12 13 0', '13 12 0']);
  });

  it('mirrors nothing once the model has no routing', async () => {
    const at = new MirrorUnderTest(versions(WELL), SHADOW);
    at.mirror.route('m', undefined);
    await at.predict(X);
    expect(at.loop.due).toBe(0);
  });

  it.each([12, 13] as const)('drops the request while requests wait for version %d', async (busy) => {
    const fakes = versions(WELL);
    const { outcomes } = await mirrored({ ...fakes, [busy]: { ...fakes[busy], isSaturated: true } });
    expect(outcomes).toEqual(['13 dropped']);
  });

  it('drops what is more than its bounds, and answers go on', async () => {
    const at = new MirrorUnderTest(versions(WELL), SHADOW);
    for (let request = 0; request < 100; request++) {
      expect((await at.predict(X)).version).toBe(12);
    }
    expect(at.outcomes).toEqual(new Array(100 - 64).fill('13 dropped'));
    await at.loop.run();
    expect(at.outcomes.slice(100 - 64)).toEqual(new Array(64).fill('13 agreed'));
  });

  it('gives a mirrored request a deadline of its own', async () => {
    const at = new MirrorUnderTest(versions(untilOver), SHADOW);
    await at.predict(X);
    await at.loop.run();
    expect(at.outcomes).toEqual([]);
    at.clock.advance(10_000);
    await at.loop.run();
    expect([at.outcomes, at.clock.armed]).toEqual([['13 missed'], 0]);
  });

  it('is cancelled when it is closed, and counts nothing then', async () => {
    const at = new MirrorUnderTest(versions(untilOver), SHADOW);
    await at.predict(X);
    await at.loop.run();
    await at.predict(X);
    await at.mirror[Symbol.asyncDispose]();
    await at.loop.run();
    expect([at.outcomes, at.comparisons, at.clock.armed]).toEqual([[], [], 0]);
    expect((await at.predict(X)).version).toBe(12);
  });

  it('does not pass the defaults of one version on to another', async () => {
    const defaults = named({ k: fp32([1], 1) });
    const inputs = { x: ['FP32', [null]], k: ['FP32', [null]] } as const;
    const withDefault = { ...signature(inputs, { y: ['FP32', [null]] }), defaults };
    const seen: NamedTensors[] = [];
    const record: Compute = (given) => {
      seen.push(given);
      return ANSWER;
    };
    await mirrored({ 12: { signature: withDefault, compute: record }, 13: { signature: SIGNATURE, compute: record } });
    expect(seen.map((given) => [...given.keys()])).toEqual([['x', 'k'], ['x']]);
  });

  it('logs what is wrong with a shadow once a minute', async () => {
    const at = new MirrorUnderTest(versions(fails(internal('broken'))), SHADOW);
    for (const pauseMs of [0, 59_999, 1]) {
      at.clock.advance(pauseMs);
      await at.predict(X);
      await at.loop.run();
    }
    expect(at.outcomes).toHaveLength(3);
    expect(at.log.lines).toHaveLength(2);
  });

  it('mirrors Classify, by the class', async () => {
    const scores = { ...signature({ inputs: ['STRING', [null]] }, { scores: ['FP32', [null, 2]] }) };
    const classifier = { ...scores, methodName: CLASSIFY_METHOD };
    const at = new MirrorUnderTest(
      {
        12: { signature: classifier, compute: () => named({ scores: fp32([2, 2], 0.9, 0.1, 0.9, 0.1) }) },
        13: { signature: classifier, compute: () => named({ scores: fp32([2, 2], 0.6, 0.4, 0.4, 0.6) }) },
      },
      SHADOW,
    );
    const examples = [new Uint8Array(1), new Uint8Array(1)];
    await classify(at.core, { modelSpec: { name: 'm' }, examples, entrypoint: 'GRPC' }, at.context);
    await at.loop.run();
    expect([at.outcomes, at.comparisons]).toEqual([['13 disagreed'], ['12 13 0.5']]);
  });
});

/** Ends with the call. */
function untilOver(_inputs: NamedTensors, { signal }: CallContext): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}
