import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { composeGateway, resolveGatewayConfig, startGateway } from '@tensorfleet/functions';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts';
import { type Digit, readHeldOut } from '../support/held-out.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { silentLog } from '../support/silent-log.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';
import { createTable, dynamoDbEnvironment, putItems, RedisServer, redisMissing } from './feature-servers.ts';
import { installMoto, type StoreServer } from './store-servers.ts';

// Requests with entities, from HTTP through both stores to a model server, and what becomes of them when a store does not.
const [noRedis, moto] = await Promise.all([redisMissing(), installMoto()]);
const missing = noRedis ?? ('missing' in moto ? moto.missing : undefined);

/** What a store may take; tests of slow stores wait for it. */
const FEATURE_TIMEOUT_MS = 600;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly predictions?: readonly unknown[]; readonly error?: string };
}

/** The stores, a model server whose manifests name them, and a gateway in front. */
class World implements AsyncDisposable {
  readonly #parts = new AsyncDisposableStack();
  redis!: RedisServer;
  dynamoDb!: FaultyProxy;
  digits!: readonly Digit[];
  #url = '';

  static async start(startMoto: () => Promise<StoreServer>): Promise<World> {
    const world = new World();
    world.redis = world.#parts.use(await RedisServer.start());
    const server = world.#parts.use(await startMoto());
    world.dynamoDb = world.#parts.use(await startFaultyProxy(server.address));
    for (const [name, value] of Object.entries(dynamoDbEnvironment(world.dynamoDb.address))) {
      vi.stubEnv(name, value);
    }
    await createTable('items');
    await putItems('items', { 'item:7': { price: '2' }, 'item:8': { price: '4' }, 'item:9': { price: 'dear' } });
    world.digits = (await readHeldOut()).slice(0, 3);
    await world.putDigits();
    const running = world.#parts.use(await serveModels(world.#parts));
    const config = resolveGatewayConfig({
      FLEET_TARGET: running.grpc,
      FEATURE_STORES: JSON.stringify({
        items: { kind: 'dynamodb', table: 'items' },
        digits: { kind: 'redis', url: world.redis.url },
      }),
      FEATURE_TIMEOUT_MS: String(FEATURE_TIMEOUT_MS),
      FEATURE_CACHE_TTL_MS: '0',
      PREDICTION_CACHE_BYTES: '100000',
    });
    const composed = world.#parts.use(composeGateway(config, { log: silentLog() }));
    const gateway = await startGateway({ ...composed, host: '127.0.0.1', port: 0 });
    world.#parts.defer(() => gateway.close());
    world.#url = `http://127.0.0.1:${gateway.port}`;
    return world;
  }

  async putDigits(): Promise<void> {
    const entities = this.digits.map(({ pixels }, index) => {
      const fields = { pixels: JSON.stringify(Array.from(pixels, (pixel) => pixel / 255)) };
      return [`digit:${index}`, fields] as const;
    });
    await this.redis.put(Object.fromEntries(entities));
  }

  async predict(model: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const init = { method: 'POST', body: JSON.stringify(body), headers };
    const response = await fetch(`${this.#url}/v1/models/${model}:predict`, init);
    return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    vi.unstubAllEnvs();
    await this.#parts.disposeAsync();
  }
}

/** y = x / 2 + 2 of an item's price, and the digit reader of pixels that are kept somewhere. */
async function serveModels(parts: AsyncDisposableStack): Promise<RunningServer> {
  const repository = parts.use(await TemporaryRepository.create());
  await repository.addFixture('half_plus_two');
  const price = {
    entities: { item: { store: 'items', key: 'item:{item_id}' } },
    inputs: { x: { dtype: 'FP32', features: [{ entity: 'item', field: 'price' }] } },
  };
  const manifest = JSON.stringify({ format: 1, features: price });
  await writeFile(join(repository.root, 'half_plus_two/1/manifest.json'), manifest);
  await repository.addMnist(3);
  const path = join(repository.root, 'mnist/3/manifest.json');
  const digits = {
    entities: { digit: { store: 'digits', key: 'digit:{digit_id}' } },
    inputs: { [INPUT]: { dtype: 'FP32', features: [{ entity: 'digit', field: 'pixels', size: 784 }] } },
  };
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), features: digits }));
  return useServer(repository.root);
}

const INPUT = 'images';
const ITEMS = { entities: [{ item_id: 7 }, { item_id: '8' }] };
const DIGITS = { entities: [{ digit_id: 0 }, { digit_id: 1 }, { digit_id: 2 }] };
const SENT = { instances: [2, 4] };

describe.skipIf(missing !== undefined)(`feature lookup over HTTP (${missing ?? 'Redis and moto'})`, () => {
  let world: World;

  beforeAll(async () => {
    world = await World.start('start' in moto ? moto.start : () => Promise.reject(new Error('no moto')));
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it('predicts from features in DynamoDB', async () => {
    const { status, body } = await world.predict('half_plus_two', ITEMS);
    expect([status, body]).toEqual([200, { predictions: [3, 4] }]);
  });

  it('predicts from vectors in Redis', async () => {
    const { status, body } = await world.predict('mnist', DIGITS);
    expect(status).toBe(200);
    expect((body.predictions as number[][]).map(likeliest)).toEqual(world.digits.map(({ label }) => label));
  });

  it.each([
    [
      'half_plus_two',
      { entities: [{ item_id: 7 }, { item_id: 70 }] },
      'feature "price" of entity "item" with the key "item:70" in store "items" is missing',
    ],
    [
      'half_plus_two',
      { entities: [{ item_id: 9 }] },
      'with the key "item:9" in store "items" is a text of 4 characters, and no FP32',
    ],
    ['mnist', { entities: [{ digit_id: '0*' }] }, 'with the key "digit:0*" in store "digits" is missing'],
  ])('%s names the feature that is missing or wrong: %j', async (model, body, problem) => {
    const answer = await world.predict(model, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(problem);
  });

  it('remembers an answer of a version that the request names, and of no other', async () => {
    const cached = async (path: string): Promise<string | null> => {
      const { headers, body } = await world.predict(path, ITEMS);
      expect(body).toEqual({ predictions: [3, 4] });
      return headers.get('x-prediction-cache');
    };
    const named = 'half_plus_two/versions/1';
    expect([await cached(named), await cached(named)]).toEqual([null, 'hit']);
    expect([await cached('half_plus_two'), await cached('half_plus_two')]).toEqual([null, null]);
  });

  it('a store that hangs costs a request its own time, and others nothing', async () => {
    world.redis.suspend();
    const started = performance.now();
    const [impatient, patient, otherStore, noStore] = await Promise.all([
      world.predict('mnist', DIGITS, { 'x-request-timeout-ms': '200' }),
      world.predict('mnist', { entities: [{ digit_id: 2 }] }),
      world.predict('half_plus_two', ITEMS),
      world.predict('half_plus_two', SENT),
    ]);
    const tookMs = performance.now() - started;
    world.redis.resume();
    expect(impatient.status).toBe(504);
    expect(impatient.body.error).toBe('feature store "digits" did not answer before the deadline of the request');
    expect(patient.status).toBe(503);
    expect(patient.headers.get('retry-after')).not.toBeNull();
    expect(patient.body.error).toBe(`feature store "digits" did not answer within ${FEATURE_TIMEOUT_MS} ms`);
    expect([otherStore.status, noStore.status]).toEqual([200, 200]);
    expect(tookMs).toBeLessThan(FEATURE_TIMEOUT_MS + 2_000); // the machine is busy, and the store would hang for ever
    expect((await world.predict('mnist', DIGITS)).status).toBe(200);
  });

  it('a store that dies is named, and used again when it is back', async () => {
    await world.redis.kill();
    const dead = await world.predict('mnist', DIGITS);
    expect([dead.status, dead.body.error]).toEqual([503, 'feature store "digits" failed: ECONNREFUSED']);
    expect((await world.predict('half_plus_two', ITEMS)).status).toBe(200);
    await world.redis.start();
    await world.putDigits();
    expect((await world.predict('mnist', DIGITS)).status).toBe(200);
  });

  it('a DynamoDB that hangs is named, and used again', async () => {
    world.dynamoDb.inject({ kind: 'stalled' });
    const stalled = await world.predict('half_plus_two', ITEMS);
    expect(stalled.status).toBe(503);
    expect(stalled.body.error).toBe(`feature store "items" did not answer within ${FEATURE_TIMEOUT_MS} ms`);
    expect((await world.predict('half_plus_two', ITEMS)).status).toBe(200);
  });

  it('a connection to DynamoDB that breaks once costs no request', async () => {
    world.dynamoDb.inject({ kind: 'refused' });
    expect((await world.predict('half_plus_two', ITEMS)).status).toBe(200);
  });
});

function likeliest(scores: readonly number[]): number {
  return scores.indexOf(Math.max(...scores));
}
