import type { Clock } from '@tensorfleet/core';
import * as z from 'zod/mini';
import { DynamoDbStore, type DynamoDbStoreSettings } from './dynamodb-store.ts';
import type { FeatureStore } from './feature-store.ts';
import { RedisStore, type RedisStoreSettings } from './redis-store.ts';

const dynamoDbSchema = z.strictObject({
  kind: z.literal('dynamodb'),
  table: z.string().check(z.minLength(1), z.maxLength(1024)),
  key_attribute: z._default(z.string().check(z.minLength(1), z.maxLength(255)), 'key'),
  key_type: z._default(z.enum(['S', 'N']), 'S'),
});

const redisSchema = z.strictObject({
  kind: z.literal('redis'),
  url: z.string().check(z.refine(isRedisUrl, { error: 'must be redis://host:port or rediss://host:port' })),
});

const storesSchema = z.record(
  z.string().check(z.minLength(1)),
  z.discriminatedUnion('kind', [dynamoDbSchema, redisSchema]),
);

export type FeatureStoreSettings = DynamoDbStoreSettings | RedisStoreSettings;

/** Feature stores by name, as JSON text: `{"users": {"kind": "redis", "url": "redis://localhost:6379"}}`. */
export const featureStoresSchema = z.pipe(
  z.pipe(z.pipe(z.string(), z.transform(parseJson)), storesSchema),
  z.transform(settingsByName),
);

export interface OpenFeatureStoresDependencies {
  readonly clock: Clock;
  readonly random: () => number;
  readonly now: () => number;
}

/** The stores, each of which connects when it is first asked. */
export function openFeatureStores(
  settings: ReadonlyMap<string, FeatureStoreSettings>,
  dependencies: OpenFeatureStoresDependencies,
): ReadonlyMap<string, FeatureStore> {
  return new Map(
    Array.from(settings, ([name, store]) => [
      name,
      store.kind === 'redis' ? new RedisStore(store, dependencies) : new DynamoDbStore(store, dependencies),
    ]),
  );
}

function isRedisUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'redis:' || url.protocol === 'rediss:') && url.hostname !== '';
}

function settingsByName(stores: z.output<typeof storesSchema>): ReadonlyMap<string, FeatureStoreSettings> {
  return new Map(
    Object.entries(stores).map(([name, store]): [string, FeatureStoreSettings] => {
      if (store.kind === 'redis') {
        return [name, store];
      }
      const { kind, table, key_attribute, key_type } = store;
      return [name, { kind, table, keyAttribute: key_attribute, keyType: key_type }];
    }),
  );
}

function parseJson(text: string, { issues }: z.core.ParsePayload): unknown {
  try {
    return JSON.parse(text);
  } catch {
    issues.push({ code: 'custom', input: text, message: 'must be JSON' });
    return z.NEVER;
  }
}
