import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { createClient } from '@redis/client';
import { systemClock } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DynamoDbStore } from '../../functions/src/gateway/features/dynamodb-store.ts';
import { RedisStore } from '../../functions/src/gateway/features/redis-store.ts';
import { describeFeatureStore } from '../contract/feature-store.contract.ts';
import { createTable, dynamoDbEnvironment, putItems, RedisServer, redisMissing } from './feature-servers.ts';
import { installMoto, type StoreServer } from './store-servers.ts';

// What every FeatureStore promises, on servers of others.
const [noRedis, moto] = await Promise.all([redisMissing(), installMoto()]);
const signal = new AbortController().signal;

let time = 0;

function redisStore(url: string): RedisStore {
  return new RedisStore({ kind: 'redis', url }, { now: () => time });
}

describe.skipIf(noRedis !== undefined)(`RedisStore on Redis (${noRedis ?? 'installed'})`, () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  describeFeatureStore(async () => {
    const store = redisStore(server.url);
    return {
      store,
      put: (entities) => server.put(entities),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
  });

  it('connects again when the server comes back, and refuses while it is away', async () => {
    await using store = redisStore(server.url);
    const get = async (): Promise<unknown> =>
      (await store.getMany(['k'], ['f'], { signal })).map((entity) => entity.get('f'));
    await server.put({ k: { f: '1' } });
    expect(await get()).toEqual(['1']);
    await server.kill();
    await expect(get()).rejects.toThrow();
    await expect(get()).rejects.toThrow();
    await server.start();
    await server.put({ k: { f: '2' } });
    expect(await get()).toEqual(['2']);
  });

  it('asks again on a new connection when the one it had has died unseen', async () => {
    await using store = redisStore(server.url);
    await server.put({ k: { f: '1' } });
    await store.getMany(['k'], ['f'], { signal });
    await server.kill();
    await server.start();
    const [entity] = await store.getMany(['k'], ['f'], { signal });
    expect(entity?.size).toBe(0); // nothing was saved
  });

  it('refuses a key that is no hash, and keeps the connection that others use', async () => {
    await using store = redisStore(server.url);
    await server.put({ k: { f: '1' } });
    const client = createClient({ url: server.url });
    await client.connect();
    await client.set('text', 'x');
    await client.close();
    const lookups = ['text', 'k'].map((key) => store.getMany([key], ['f'], { signal }));
    const [text, hash] = await Promise.allSettled(lookups);
    expect(text).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('WRONGTYPE') } });
    expect(hash).toMatchObject({ status: 'fulfilled' });
  });

  it('takes a new connection when the one it had was unused for long, as a frozen sandbox leaves it', async () => {
    await using store = redisStore(server.url);
    const lookUp = (): Promise<unknown> => store.getMany(['k'], ['f'], { signal });
    await lookUp();
    const before = await server.connectionsReceived();
    time += 240_000;
    await lookUp();
    expect(await server.connectionsReceived()).toBe(before + 1); // that of the count
    time += 240_001;
    await lookUp();
    expect(await server.connectionsReceived()).toBe(before + 3);
  });

  it('rejects with a wrong password', async () => {
    await using store = redisStore(server.url.replace('interop-secret', 'wrong'));
    await expect(store.getMany(['k'], ['f'], { signal })).rejects.toThrow('WRONGPASS');
  });
});

function describeDynamoDb(start: () => Promise<StoreServer>): void {
  let server: StoreServer;

  beforeAll(async () => {
    server = await start();
    for (const [name, value] of Object.entries(dynamoDbEnvironment(server.address))) {
      vi.stubEnv(name, value);
    }
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server[Symbol.asyncDispose]();
  });

  const storeOf = (table: string, keyType: 'S' | 'N' = 'S'): DynamoDbStore =>
    new DynamoDbStore(
      { kind: 'dynamodb', table, keyAttribute: 'key', keyType },
      { clock: systemClock, random: Math.random },
    );

  describeFeatureStore(async () => {
    await createTable('contract');
    const store = storeOf('contract');
    return {
      store,
      put: (entities) => putItems('contract', entities),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
  });

  it('reads numbers as they are written, and lists; sets and maps become what fits nothing', async () => {
    await createTable('kinds');
    const client = new DynamoDBClient();
    const Item = {
      key: { S: 'k' },
      n: { N: '9007199254740993' },
      b: { BOOL: true },
      nothing: { NULL: true },
      bytes: { B: new Uint8Array([1, 2]) },
      list: { L: [{ N: '1.5' }, { S: 'x' }] },
      set: { NS: ['1', '2'] },
    } as const;
    await client.send(new PutItemCommand({ TableName: 'kinds', Item: Item as never }));
    client.destroy();
    await using store = storeOf('kinds');
    const [entity] = await store.getMany(['k'], Object.keys(Item), { signal });
    expect(Object.fromEntries(entity ?? [])).toEqual({
      key: 'k',
      n: '9007199254740993',
      b: 'true',
      bytes: new Uint8Array([1, 2]),
      list: ['1.5', 'x'],
      set: [],
    });
  });

  it('finds numbers as keys, and nothing for a key that is none', async () => {
    await createTable('numbers', 'N');
    await putItems('numbers', { 7: { f: 'seven' } }, 'N');
    await using store = storeOf('numbers', 'N');
    const found = await store.getMany(['7', '07', 'x'], ['f'], { signal });
    expect(found.map((entity) => entity.get('f'))).toEqual(['seven', undefined, undefined]);
  });

  it('rejects for a table that there is not', async () => {
    await using store = storeOf('nowhere');
    await expect(store.getMany(['k'], ['f'], { signal })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
}

if ('missing' in moto) {
  describe.skip(`DynamoDbStore on moto (${moto.missing})`, () => {});
} else {
  describe('DynamoDbStore on moto', () => describeDynamoDb(moto.start));
}
