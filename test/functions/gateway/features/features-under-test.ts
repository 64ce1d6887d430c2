import { createGateway, type Gateway } from '@tensorfleet/functions';
import { FeatureStores, type FeatureStoresOptions } from '../../../../functions/src/gateway/features/feature-stores.ts';
import { PredictionCache } from '../../../../functions/src/gateway/predict/prediction-cache.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { FakeFleet, type FakeVersion } from '../../../fakes/fake-fleet.ts';
import { MemoryFeatureStore } from '../../../fakes/memory-feature-store.ts';
import { type LogLine, silentLog } from '../../../support/silent-log.ts';
import { fp32, named, signature, valuesOf } from '../../../support/tensors.ts';
import { LIMITS } from '../gateway-under-test.ts';

export const USER_AND_ITEM = {
  entities: {
    user: { store: 'users', key: 'user:{user_id}' },
    item: { store: 'items', key: 'item:{item_id}' },
  },
  inputs: {
    x: {
      dtype: 'FP32',
      features: [
        { entity: 'user', field: 'age', default: 30 },
        { entity: 'item', field: 'price' },
        { entity: 'item', field: 'embedding', size: 2 },
      ],
    },
  },
};

/** Takes x, four numbers a row, and answers with the sum of each row. */
export function summing(features: object, x: readonly (number | null)[] | null = [null, 4]): FakeVersion {
  return {
    signatures: new Map([['serving_default', signature({ x: ['FP32', x] }, { y: ['FP32', [null]] })]]),
    pipeline: JSON.stringify({ features }),
    run: (inputs) => {
      const rows = inputs.get('x')?.shape[0] ?? 0;
      const values = valuesOf(inputs, 'x');
      const width = values.length / rows;
      const sums = Array.from({ length: rows }, (_, row) =>
        values.slice(row * width, (row + 1) * width).reduce((sum, value) => sum + value, 0),
      );
      return named({ y: fp32([rows], ...sums) });
    },
  };
}

export interface FeaturesUnderTest {
  readonly app: Gateway;
  readonly fleet: FakeFleet;
  readonly clock: FakeClock;
  readonly users: MemoryFeatureStore;
  readonly items: MemoryFeatureStore;
  readonly features: FeatureStores;
  readonly logLines: readonly LogLine[];
  post(body: unknown, path?: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

/** The real app in front of the model `m`, which sums up what two stores have of users and items. */
export function featuresUnderTest(options: Partial<FeatureStoresOptions> = {}): FeaturesUnderTest {
  const clock = new FakeClock();
  const now = (): number => clock.now();
  const fleet = new FakeFleet().serve('m', 1, summing(USER_AND_ITEM));
  const users = new MemoryFeatureStore().put('user:42', { age: '40' });
  const items = new MemoryFeatureStore()
    .put('item:7', { price: '1', embedding: '[2, 3]' })
    .put('item:8', { price: '10', embedding: ['20', '30'] });
  const log = silentLog();
  const features = new FeatureStores(
    new Map([
      ['users', users],
      ['items', items],
    ]),
    { cacheBytes: 100_000, cacheEntries: 100, cacheTtlMs: 10_000, timeoutMs: 1_000, ...options },
    { clock, now, log },
  );
  const app = createGateway({
    fleet,
    fetchImage: () => Promise.reject(new Error('no pictures here')),
    clock,
    log,
    noBackendRetrySeconds: 30,
    limits: LIMITS,
    features,
    predictions: new PredictionCache({ maxBytes: 10_000, ttlMs: 5_000 }, now),
  });
  const post: FeaturesUnderTest['post'] = async (body, path = '/v1/models/m:predict', headers = {}) =>
    app.request(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers });
  return { app, fleet, clock, users, items, features, logLines: log.lines, post };
}
