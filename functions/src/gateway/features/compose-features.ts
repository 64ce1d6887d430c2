import type { GatewayConfig } from '../config.ts';
import { FeatureStores, type FeatureStoresDependencies } from './feature-stores.ts';
import { openFeatureStores } from './store-settings.ts';

/** More entities than their bytes allow, unless they are small. */
const MAX_CACHED_ENTITIES = 100_000;

/** The feature stores that a configuration names. */
export function composeFeatures(config: GatewayConfig, dependencies: FeatureStoresDependencies): FeatureStores {
  const options = {
    cacheBytes: config.FEATURE_CACHE_BYTES,
    cacheEntries: MAX_CACHED_ENTITIES,
    cacheTtlMs: config.FEATURE_CACHE_TTL_MS,
    timeoutMs: config.FEATURE_TIMEOUT_MS,
  };
  const { clock, now } = dependencies;
  const stores = openFeatureStores(config.FEATURE_STORES, { clock, random: Math.random, now });
  return new FeatureStores(stores, options, dependencies);
}
