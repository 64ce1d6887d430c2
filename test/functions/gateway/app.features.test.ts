import { unavailable } from '@tensorfleet/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { type FeaturesUnderTest, featuresUnderTest, summing, USER_AND_ITEM } from './features/features-under-test.ts';
import { errorOf } from './gateway-under-test.ts';

const ENTITIES = [
  { user_id: '42', item_id: 7 },
  { user_id: 'unknown', item_id: '8' },
];

describe('a predict request with entities', () => {
  let gateway: FeaturesUnderTest;

  beforeEach(() => {
    gateway = featuresUnderTest();
  });

  it('is answered from the features of its entities, a default where one is missing', async () => {
    const response = await gateway.post({ entities: ENTITIES });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ predictions: [46, 90] });
    expect(response.headers.get('x-model-version')).toBe('1');
  });

  it('looks every entity up once', async () => {
    await gateway.post({ entities: [...ENTITIES, ...ENTITIES] });
    expect(gateway.users.lookups).toEqual([['user:42', 'user:unknown']]);
    expect(gateway.items.lookups).toEqual([['item:7', 'item:8']]);
  });

  it('takes from the cache what was looked up, also that there was nothing, until it is too old', async () => {
    await gateway.post({ entities: ENTITIES });
    gateway.clock.advance(9_999);
    await gateway.post({ entities: ENTITIES });
    expect(gateway.users.lookups).toHaveLength(1);
    gateway.clock.advance(1);
    await gateway.post({ entities: ENTITIES });
    expect(gateway.users.lookups).toHaveLength(2);
  });

  it('names entity, key and feature where one without a default is missing', async () => {
    const response = await gateway.post({ entities: [{ user_id: '42', item_id: 9 }] });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toBe(
      'feature "price" of entity "item" with the key "item:9" in store "items" is missing, and has no default (input "x")',
    );
  });

  it('names the feature that is no element of its input, and does not show it', async () => {
    gateway.items.put('item:6', { price: 'secret', embedding: '[1, 2]' });
    const response = await gateway.post({ entities: [{ user_id: '42', item_id: 6 }] });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toContain('"price" of entity "item" with the key "item:6"');
    expect(await errorOf(await gateway.post({ entities: [{ user_id: '42', item_id: 6 }] }))).not.toContain('secret');
  });

  it.each([
    [{ entities: [{ user_id: '42' }] }, 'entities[0] does not name a "item": attribute "item_id" is missing'],
    [{ entities: [{ user_id: '', item_id: 7 }] }, 'attribute "user_id" is empty'],
    [{ entities: ENTITIES, inputs: { x: [[1]] } }, 'the request has "inputs" beside "entities"'],
    [{ entities: ENTITIES, instances: [1, 2] }, 'every input is looked up'],
    [{ entities: Array.from({ length: 1001 }, () => ({})) }, '"entities" has 1001 rows, at most 1000 are allowed'],
    ['{"entities": [{"user_id": NaN, "item_id": 7}]}', 'entities[0].user_id is NaN'],
  ])('is refused: %j', async (body, problem) => {
    const response = await gateway.post(body);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toContain(problem);
    expect(gateway.items.lookups).toEqual([]);
  });

  it('has its rows of other inputs in instances', async () => {
    gateway.fleet.serve('m', 1, withBias());
    const body = { entities: ENTITIES, instances: [{ bias: 1000 }, { bias: 2000 }] };
    expect(await (await gateway.post(body)).json()).toEqual({ predictions: [1046, 2090] });
  });

  it.each([
    [{ entities: ENTITIES }, 'the inputs {bias} are not looked up: the request must have "instances" with them'],
    [{ entities: ENTITIES, instances: [1] }, 'the request has 2 rows of "entities" and 1 of "instances"'],
    [
      {
        entities: ENTITIES,
        instances: [
          { bias: 1, x: 1 },
          { bias: 1, x: 1 },
        ],
      },
      'does not have named input: x',
    ],
  ])('wants its other inputs for every row: %j', async (body, problem) => {
    gateway.fleet.serve('m', 1, withBias());
    const response = await gateway.post(body);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toContain(problem);
  });

  it('fills the shape that the signature wants', async () => {
    gateway.fleet.serve('m', 1, summing(USER_AND_ITEM, [null, 2, null]));
    await gateway.post({ entities: ENTITIES });
    expect(gateway.fleet.calls.at(-1)?.inputs?.get('x')?.shape).toEqual([2, 2, 2]);
  });

  it.each<readonly [string, object, readonly (number | null)[] | null, string]>([
    ['another width', USER_AND_ITEM, [null, 3], 'make input "x" of 4 elements a row, the signature wants [?,3]'],
    ['no rows', USER_AND_ITEM, [], 'the signature wants []'],
    ['several free dimensions', USER_AND_ITEM, [null, null, null], 'the signature wants [?,?,?]'],
    [
      'another dtype',
      { ...USER_AND_ITEM, inputs: { x: { ...USER_AND_ITEM.inputs.x, dtype: 'FP64' } } },
      [null, 4],
      'make input "x" of FP64, the signature wants FP32',
    ],
    [
      'another input',
      { ...USER_AND_ITEM, inputs: { z: USER_AND_ITEM.inputs.x } },
      [null, 4],
      'make input "z", signature "serving_default" has {x}',
    ],
    [
      'a store that the gateway does not have',
      { ...USER_AND_ITEM, entities: { ...USER_AND_ITEM.entities, user: { store: 'elsewhere', key: '{user_id}' } } },
      [null, 4],
      'the gateway has no feature store "elsewhere", only {items,users}',
    ],
    [
      'a section that cannot be read',
      { ...USER_AND_ITEM, more: 1 },
      [null, 4],
      'has a pipeline that cannot be read: features: unrecognized key: "more"',
    ],
  ])('is refused by a version whose mapping is for %s', async (_, features, shape, problem) => {
    gateway.fleet.serve('m', 1, summing(features, shape));
    const response = await gateway.post({ entities: ENTITIES });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toContain(problem);
  });

  it('is refused by a version that looks up nothing', async () => {
    const { pipeline: _, ...plain } = summing({});
    gateway.fleet.serve('m', 1, plain);
    const response = await gateway.post({ entities: ENTITIES });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toContain('model "m" version 1 takes no entities');
  });

  it('follows a new version that looks up other features', async () => {
    await gateway.post({ entities: ENTITIES });
    const price = { entity: 'item', field: 'price' };
    const inputs = { x: { dtype: 'FP32', features: [price] } };
    gateway.fleet.serve('m', 2, summing({ ...USER_AND_ITEM, inputs }, [null, 1]));
    const response = await gateway.post({ entities: ENTITIES });
    expect(await response.json()).toEqual({ predictions: [1, 10] });
    expect(response.headers.get('x-model-version')).toBe('2');
  });
});

describe('a remembered answer', () => {
  const BODY = { instances: [[1, 2, 3, 4]] };
  const NAMED = '/v1/models/m/versions/1:predict';
  let gateway: FeaturesUnderTest;

  beforeEach(() => {
    gateway = featuresUnderTest();
  });

  const ask = async (path: string, body: unknown = BODY): Promise<string | null> => {
    const response = await gateway.post(body, path);
    expect(response.status).toBe(200);
    return response.headers.get('x-prediction-cache');
  };

  it('is returned where the version is named, as it was, until it is too old', async () => {
    expect(await ask(NAMED)).toBeNull();
    const second = await gateway.post(BODY, NAMED);
    expect(second.headers.get('x-prediction-cache')).toBe('hit');
    expect(second.headers.get('x-model-version')).toBe('1');
    expect(await second.json()).toEqual({ predictions: [10] });
    gateway.clock.advance(5_000);
    expect(await ask(NAMED)).toBeNull();
  });

  it('is for the features that are looked up now', async () => {
    const entities = { entities: [{ user_id: '42', item_id: 7 }] };
    expect([await ask(NAMED, entities), await ask(NAMED, entities)]).toEqual([null, 'hit']);
    gateway.items.put('item:7', { price: '2', embedding: '[2, 3]' });
    gateway.clock.advance(10_000);
    const response = await gateway.post(entities, NAMED);
    expect(await response.json()).toEqual({ predictions: [47] });
  });

  it.each(['/v1/models/m:predict', '/v1/models/m/labels/canary:predict'])('is not returned for %s', async (path) => {
    gateway.fleet.label('m', 'canary', 1);
    await ask(NAMED);
    expect([await ask(path), await ask(path)]).toEqual([null, null]);
  });

  it('is none that failed', async () => {
    gateway.fleet.before = ({ method }) => {
      if (method === 'predict') {
        gateway.fleet.before = () => undefined;
        throw unavailable('busy');
      }
    };
    expect((await gateway.post(BODY, NAMED)).status).toBe(503);
    expect(await ask(NAMED)).toBeNull();
  });
});

/** Adds a bias that the request has. */
function withBias(): ReturnType<typeof summing> {
  const version = summing(USER_AND_ITEM);
  const [[name, signature] = []] = version.signatures;
  if (name === undefined || signature === undefined) {
    throw new Error('no signature');
  }
  const bias = { name: 'bias', dtype: 'FP32', shape: [null] } as const;
  return {
    ...version,
    signatures: new Map([[name, { ...signature, inputs: new Map([...signature.inputs, ['bias', bias]]) }]]),
    run: (inputs) => {
      const sums = version.run(inputs).get('y');
      const biases = inputs.get('bias');
      if (sums?.dtype !== 'FP32' || biases?.dtype !== 'FP32') {
        throw new Error('no FP32');
      }
      const data = sums.data.map((sum, row) => sum + (biases.data[row] ?? 0));
      return new Map([['y', { dtype: 'FP32', shape: sums.shape, data }]]);
    },
  };
}
