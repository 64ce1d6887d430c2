import type { FleetCallOptions } from '@tensorfleet/client';
import { Code, type ModelSpec, openCall, type TensorSpec, unavailable, version } from '@tensorfleet/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { imagePipelineOf } from '../../../../functions/src/gateway/predict/picture-plan.ts';
import {
  type PredictPlan,
  type RollingAnswer,
  rollingPredict,
} from '../../../../functions/src/gateway/predict/rolling-predict.ts';
import { VersionCache } from '../../../../functions/src/gateway/predict/version-cache.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { FakeFleet, type FakeFleetCall, type FakeVersion } from '../../../fakes/fake-fleet.ts';
import { fp32, named, signature, valuesOf } from '../../../support/tensors.ts';

const LATEST: ModelSpec = { name: 'm', signatureName: 'serving_default' };

/** Version `number` prepares inputs of `width` elements and answers with `100 * (elements it got) + number`. */
function versionOf(number: number, width: number, accepts: TensorSpec['shape'] = [null]): FakeVersion {
  const image = { width, height: 1, channels: 'rgb', normalisation: 'none' };
  return {
    signatures: new Map([['serving_default', signature({ x: ['FP32', accepts] }, { y: ['FP32', [1]] })]]),
    pipeline: JSON.stringify({ preprocess: { image } }),
    run: (inputs) => named({ y: fp32([1], 100 * (inputs.get('x')?.shape[0] ?? 0) + number) }),
  };
}

/** Takes only inputs of its own width. */
const strict = (number: number, width: number): FakeVersion => versionOf(number, width, [width]);

/** Prepares as the version's own pipeline says. */
const plan: PredictPlan = {
  keyOf: (info) => String(imagePipelineOf(info).width),
  inputsOf(info) {
    const { width } = imagePipelineOf(info);
    return named({ x: fp32([width], ...new Array<number>(width).fill(0)) });
  },
};

/** Two servers behind one address, each asked in turn. */
class TakingTurns extends FakeFleet {
  readonly #servers: readonly FakeFleet[];
  #turn: number;

  constructor(servers: readonly FakeFleet[], turn: number) {
    super();
    this.#servers = servers;
    this.#turn = turn;
  }

  override predict(...call: Parameters<FakeFleet['predict']>): ReturnType<FakeFleet['predict']> {
    return this.#next().predict(...call);
  }

  override metadata(...call: Parameters<FakeFleet['metadata']>): ReturnType<FakeFleet['metadata']> {
    return this.#next().metadata(...call);
  }

  #next(): FakeFleet {
    return this.#servers[this.#turn++ % this.#servers.length]!;
  }
}

/** Versions 1 and 2 share the requests: those with the key `two` are for version 2. */
class Sharing extends FakeFleet {
  override predict(spec: ModelSpec, ...rest: Rest<FakeFleet['predict']>): ReturnType<FakeFleet['predict']> {
    return super.predict(this.#shared(spec, rest[1]), ...rest);
  }

  override metadata(spec: ModelSpec, ...rest: Rest<FakeFleet['metadata']>): ReturnType<FakeFleet['metadata']> {
    return super.metadata(this.#shared(spec, rest[0]), ...rest);
  }

  #shared(spec: ModelSpec, { routingKey }: FleetCallOptions = {}): ModelSpec {
    return spec.version === undefined ? { ...spec, version: version(routingKey === 'two' ? 2 : 1) } : spec;
  }
}

type Rest<F extends (first: never, ...rest: never) => unknown> = F extends (first: never, ...rest: infer R) => unknown
  ? R
  : never;

describe('rollingPredict', () => {
  const clock = new FakeClock();
  let fleet: FakeFleet;
  let versions: VersionCache;

  beforeEach(() => {
    fleet = new FakeFleet().serve('m', 1, versionOf(1, 4));
    versions = new VersionCache(fleet);
  });

  const predict = (spec = LATEST, signal = new AbortController().signal): Promise<RollingAnswer> =>
    rollingPredict({ fleet, versions, clock }, spec, plan, { requestId: 'r', deadline: 1_000, signal });

  /** Which version answered, and what it answered. */
  const answerOf = async (spec?: ModelSpec): Promise<readonly number[]> => {
    const { info, outputs } = await predict(spec);
    return [info.version, ...valuesOf(outputs, 'y')];
  };

  /** Predicts once, so that version 1 is the guess, and forgets the calls. */
  const warmUp = async (): Promise<void> => {
    await predict();
    fleet.calls.length = 0;
  };

  /** Runs `change` in front of the n-th call (from 1) that is made after it. */
  const atCall = (wanted: number, change: (call: FakeFleetCall) => void): void => {
    let made = 0;
    fleet.before = (call) => {
      made++;
      if (made === wanted) {
        change(call);
      }
    };
  };

  it('asks for the latest version once and predicts without naming it', async () => {
    expect(await answerOf()).toEqual([1, 401]);
    expect(await answerOf()).toEqual([1, 401]);
    expect(fleet.log).toEqual(['metadata latest', 'predict latest', 'predict latest']);
  });

  it('asks for the version that answers the routing key, when that takes other inputs than the guess', async () => {
    fleet = new Sharing().serve('m', 1, strict(1, 4)).serve('m', 2, strict(2, 8));
    versions = new VersionCache(fleet);
    await warmUp();
    const call = { requestId: 'r', deadline: 1_000, signal: new AbortController().signal, routingKey: 'two' };
    const { info, outputs } = await rollingPredict({ fleet, versions, clock }, LATEST, plan, call);
    expect([info.version, ...valuesOf(outputs, 'y')]).toEqual([2, 802]);
    expect(fleet.log).toEqual(['predict 2', 'metadata 2', 'predict 2']);
  });

  it('predicts on the version that the request names, whatever is the latest', async () => {
    fleet.serve('m', 2, versionOf(2, 8));
    expect(await answerOf({ ...LATEST, version: version(1) })).toEqual([1, 401]);
    expect(fleet.log).toEqual(['metadata 1', 'predict 1']);
  });

  it('passes deadline, signal, request id and signature to the fleet', async () => {
    await predict();
    expect(fleet.calls.at(-1)).toMatchObject({
      spec: { name: 'm', signatureName: 'serving_default' },
      options: { timeoutMs: 1_000, metadata: new Map([['x-request-id', 'r']]) },
    });
    expect(fleet.calls.at(-1)?.options.signal).toBeInstanceOf(AbortSignal);
  });

  it('takes the answer of a new version that takes the same inputs, with that version`s metadata', async () => {
    await warmUp();
    fleet.serve('m', 2, versionOf(2, 4));
    expect(await answerOf()).toEqual([2, 402]);
    expect(await answerOf()).toEqual([2, 402]);
    expect(fleet.log).toEqual(['predict latest', 'metadata 2', 'predict latest']);
  });

  it('prepares again, for exactly the version that answered, when it takes other inputs', async () => {
    await warmUp();
    fleet.serve('m', 2, versionOf(2, 8));
    expect(await answerOf()).toEqual([2, 802]);
    expect(await answerOf()).toEqual([2, 802]);
    expect(fleet.log).toEqual(['predict latest', 'metadata 2', 'predict 2', 'predict latest']);
  });

  it('follows a rollback without asking about a version it knows', async () => {
    await warmUp();
    fleet.serve('m', 2, versionOf(2, 8));
    await predict();
    fleet.unload('m', 2);
    fleet.calls.length = 0;
    expect(await answerOf()).toEqual([1, 401]);
    expect(fleet.log).toEqual(['predict latest', 'predict 1']);
  });

  it('asks again for the latest version when the new one refuses the inputs of the old one', async () => {
    await warmUp();
    fleet.serve('m', 2, strict(2, 8));
    expect(await answerOf()).toEqual([2, 802]);
    expect(fleet.log).toEqual(['predict latest', 'metadata latest', 'predict 2']);
  });

  it('begins again when the version that answered is gone before its metadata is asked for', async () => {
    await warmUp();
    fleet.serve('m', 2, versionOf(2, 8));
    atCall(2, () => {
      fleet.serve('m', 3, versionOf(3, 2));
      fleet.unload('m', 2);
    });
    expect(await answerOf()).toEqual([3, 203]);
  });

  it('begins again when the version that answered is gone before it is asked again', async () => {
    await warmUp();
    fleet.serve('m', 2, versionOf(2, 8));
    atCall(3, () => {
      fleet.serve('m', 3, versionOf(3, 2));
      fleet.unload('m', 2);
    });
    expect(await answerOf()).toEqual([3, 203]);
  });

  describe.each([
    ['takes the old inputs', versionOf],
    ['refuses the old inputs', strict],
  ])('when the new version %s', (_, make) => {
    it.each([
      ['one server has the old version, the other the new', [2]],
      ['one server has the old version, the other both', [1, 2]],
    ])('fails no request while %s', async (_, second) => {
      const servers = [[1], second].map((numbers) => {
        const server = new FakeFleet();
        for (const number of numbers) {
          server.serve('m', number, make(number, 4 * number));
        }
        return server;
      });
      for (let skipped = 0; skipped < 2; skipped++) {
        fleet = new TakingTurns(servers, skipped);
        versions = new VersionCache(fleet);
        const answers = [];
        for (let request = 0; request < 10; request++) {
          answers.push(await answerOf());
        }
        expect(answers.filter(([number, y]) => y !== 400 * (number ?? 0) + (number ?? 0))).toEqual([]);
      }
    });
  });

  it('hands out the refusal of exactly the version that the inputs were prepared for', async () => {
    fleet.serve('m', 1, versionOf(1, 4, [5]));
    await expect(predict()).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining('wants [5]'),
    });
    expect(fleet.log).toEqual(['metadata latest', 'predict latest', 'metadata latest', 'predict 1']);
  });

  it('prepares for a new version what the old one could not prepare', async () => {
    fleet = new FakeFleet().serve('m', 1, { ...versionOf(1, 4), pipeline: '{}' });
    versions = new VersionCache(fleet);
    await expect(predict()).rejects.toMatchObject({ code: Code.FailedPrecondition });
    fleet.serve('m', 2, versionOf(2, 8));
    expect(await answerOf()).toEqual([2, 802]);
  });

  it('names the new version when it takes no pictures any more', async () => {
    await warmUp();
    fleet.serve('m', 2, { ...versionOf(2, 4), pipeline: '{}' });
    await expect(predict()).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: expect.stringContaining('version 2 takes no pictures'),
    });
  });

  it('gives up with UNAVAILABLE, in bounded work, when every call meets a new version', async () => {
    let next = 2;
    fleet.before = () => void fleet.serve('m', next, strict(next, next)).unload('m', next++ - 1);
    await expect(predict()).rejects.toMatchObject({ code: Code.Unavailable });
    expect(fleet.calls.length).toBeLessThan(20);
  });

  it('does not repeat what another version would not cure', async () => {
    await warmUp();
    fleet.before = () => {
      throw unavailable('queue is full');
    };
    await expect(predict()).rejects.toMatchObject({ code: Code.Unavailable, message: 'queue is full' });
    expect(fleet.log).toEqual(['predict latest']);
  });

  it('rejects with NOT_FOUND for a model that is unknown or gone', async () => {
    await expect(predict({ name: 'other' })).rejects.toMatchObject({ code: Code.NotFound });
    await warmUp();
    fleet.unload('m', 1);
    await expect(predict()).rejects.toMatchObject({ code: Code.NotFound });
  });

  it('keeps the guess for a label apart from the guess for the latest version', async () => {
    fleet.serve('m', 2, versionOf(2, 8)).label('m', 'stable', 1).label('m', 'canary', 2);
    const stable = { ...LATEST, versionLabel: 'stable' };
    expect([await answerOf(stable), await answerOf(), await answerOf(stable)]).toEqual([
      [1, 401],
      [2, 802],
      [1, 401],
    ]);
    fleet.label('m', 'stable', 2);
    fleet.calls.length = 0;
    expect(await answerOf(stable)).toEqual([2, 802]);
    expect(fleet.log).toEqual(['predict stable', 'predict 2']);
  });

  it('looks a version up once for all who wait for it', async () => {
    await Promise.all(Array.from({ length: 10 }, () => predict()));
    expect(fleet.log.filter((line) => line.startsWith('metadata'))).toEqual(['metadata latest']);
  });

  it('lets one leave who waits for a lookup, without failing the others', async () => {
    const gate = Promise.withResolvers<void>();
    fleet.before = ({ method }) => (method === 'metadata' ? gate.promise : undefined);
    using leaving = openCall(clock, 'leaving', Number.POSITIVE_INFINITY);
    const left = predict(LATEST, leaving.context.signal);
    const stays = answerOf();
    leaving.abort(unavailable('left'));
    await expect(left).rejects.toThrow('left');
    gate.resolve();
    expect(await stays).toEqual([1, 401]);
  });

  it('tries a failed lookup anew for the next request', async () => {
    atCall(1, () => {
      throw unavailable('no server');
    });
    await expect(predict()).rejects.toThrow('no server');
    expect(await answerOf()).toEqual([1, 401]);
  });
});
