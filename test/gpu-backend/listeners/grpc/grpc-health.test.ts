import {
  decodeHealthCheckResponse,
  encodeHealthCheckRequest,
  encodeHealthListResponse,
  RPC_PATHS,
} from '@tensorfleet/codecs';
import { Code, NO_DEADLINE, notFound, unavailable, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { PublishedState } from '../../../../gpu-backend/src/lifecycle/servable-state.ts';
import { StateFeed } from '../../../../gpu-backend/src/lifecycle/state-feed.ts';
import { StateMonitor } from '../../../../gpu-backend/src/lifecycle/state-monitor.ts';
import { healthMethods } from '../../../../gpu-backend/src/listeners/grpc/grpc-health.ts';
import type { StreamContext } from '../../../../gpu-backend/src/listeners/grpc/grpc-methods.ts';
import { RequestMemory } from '../../../../gpu-backend/src/listeners/request-memory.ts';
import { ServerCore } from '../../../../gpu-backend/src/server/server-core.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { settle } from '../../../fakes/fake-loader.ts';

/** A server whose models come and go as the test says. */
class World {
  readonly #feed = new StateFeed((error) => {
    throw error;
  });
  readonly #available = new Set<string>();
  readonly configured = new Set<string>();
  readonly core: ServerCore;
  readonly #ending = new AbortController();

  constructor(...models: readonly string[]) {
    for (const name of models) {
      this.configured.add(name);
    }
    this.core = new ServerCore({
      manager: {
        acquire: () => {
          throw notFound('nothing is acquired here');
        },
        list: () => [...this.#available].map((name) => ({ name, version: version(1) })),
        close: async () => undefined,
        [Symbol.asyncDispose]: async () => undefined,
      },
      monitor: new StateMonitor(this.#feed),
      configuredModels: () => [...this.configured],
      observer: { requestStarted: () => undefined, requestDone: () => undefined },
      clock: new FakeClock(),
    });
  }

  /** As the manager does: `available` after a version can be acquired, `unloading` before it no longer can. */
  publish(name: string, state: PublishedState): void {
    if (state === 'available') {
      this.#available.add(name);
    }
    this.#feed.publish({ id: { name, version: version(1) }, state, aspired: true, error: undefined });
    if (state === 'unloading') {
      this.#available.delete(name);
    }
  }

  /** The drain of a server, as one step: readiness first, then the connections. */
  shutDown(): void {
    this.core.drain();
    this.#ending.abort(unavailable('the connection ends'));
  }

  get context(): StreamContext {
    const { signal } = this.#ending;
    return { requestId: 'r', deadline: NO_DEADLINE, signal, ending: signal };
  }

  async check(service: string): Promise<string> {
    const method = healthMethods(this.core).get(RPC_PATHS.healthCheck);
    const run = method?.kind === 'unary' ? method.run : expect.fail('no such method');
    const share = new RequestMemory(1).open();
    return decodeHealthCheckResponse(await run(encodeHealthCheckRequest({ service }), this.context, share)).status;
  }

  /** Collects what a watch is told. */
  watch(service: string): { readonly told: string[]; readonly done: Promise<void> } {
    const method = healthMethods(this.core).get(RPC_PATHS.healthWatch);
    const run = method?.kind === 'stream' ? method.run : expect.fail('no such method');
    const told: string[] = [];
    const requests = (async function* () {
      yield encodeHealthCheckRequest({ service });
    })();
    const done = (async () => {
      for await (const message of run(requests, this.context)) {
        told.push(decodeHealthCheckResponse(message).status);
      }
    })();
    done.catch(() => undefined); // looked at where it matters
    return { told, done };
  }
}

const SERVER_NAMES = [
  '',
  'ModelService',
  'PredictionService',
  'tensorflow.serving.ModelService',
  'tensorflow.serving.PredictionService',
  'inference.GRPCInferenceService',
];

describe('health Check', () => {
  it.each(SERVER_NAMES)('"%s" is the server: serving when every model is and it does not drain', async (name) => {
    const world = new World('a', 'b');
    world.publish('a', 'available');
    const before = await world.check(name);
    world.publish('b', 'available');
    const then = await world.check(name);
    world.core.drain();
    expect([before, then, await world.check(name)]).toEqual(['NOT_SERVING', 'SERVING', 'NOT_SERVING']);
  });

  it('knows each configured model by its name', async () => {
    const world = new World('a', 'b');
    world.publish('a', 'available');
    expect([await world.check('a'), await world.check('b')]).toEqual(['SERVING', 'NOT_SERVING']);
  });

  it.each(['nope', 'constructor', 'modelservice'])('answers NOT_FOUND for the service %s', async (service) => {
    await expect(new World('a').check(service)).rejects.toMatchObject({
      code: Code.NotFound,
      message: `no model "${service}" is configured`,
    });
  });
});

describe('health List', () => {
  it('has the server and every configured model', async () => {
    const world = new World('a', 'b');
    world.publish('a', 'available');
    const method = healthMethods(world.core).get(RPC_PATHS.healthList);
    const run = method?.kind === 'unary' ? method.run : expect.fail('no such method');
    const answer = await run(new Uint8Array(0), world.context, new RequestMemory(1).open());
    const server = SERVER_NAMES.map((name) => [name, 'NOT_SERVING'] as const);
    expect(answer).toEqual(encodeHealthListResponse(new Map([...server, ['a', 'SERVING'], ['b', 'NOT_SERVING']])));
  });
});

describe('health Watch', () => {
  it('tells the status at once, and each change of it once', async () => {
    const world = new World('a', 'b');
    const { told } = world.watch('a');
    await settle();
    expect(told).toEqual(['NOT_SERVING']);
    world.publish('a', 'loading');
    world.publish('b', 'available');
    await settle();
    expect(told).toEqual(['NOT_SERVING']);
    world.publish('a', 'available');
    await settle();
    world.publish('a', 'unloading');
    await settle();
    expect(told).toEqual(['NOT_SERVING', 'SERVING', 'NOT_SERVING']);
  });

  it('tells that a service is unknown, and when it appears and disappears', async () => {
    const world = new World();
    const { told } = world.watch('a');
    await settle();
    world.configured.add('a');
    world.core.monitor.recheck();
    await settle();
    world.publish('a', 'available');
    await settle();
    world.configured.delete('a');
    world.core.monitor.recheck();
    await settle();
    expect(told).toEqual(['SERVICE_UNKNOWN', 'NOT_SERVING', 'SERVING', 'SERVICE_UNKNOWN']);
  });

  it('tells that the server drains, then ends with UNAVAILABLE', async () => {
    const world = new World('a');
    world.publish('a', 'available');
    const { told, done } = world.watch('');
    await settle();
    world.shutDown();
    await expect(done).rejects.toMatchObject({ code: Code.Unavailable });
    expect(told).toEqual(['SERVING', 'NOT_SERVING']);
  });
});
