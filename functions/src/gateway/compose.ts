import { createFleetClient } from '@tensorfleet/client';
import { type Clock, type Logger, systemClock } from '@tensorfleet/core';
import { composeAuthorizer } from '../authorizer/compose-authorizer.ts';
import { createEmbeddedMetrics, type EmitMetrics } from '../telemetry/embedded-metrics.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createAgeClock } from './age-clock.ts';
import { createGateway, type Gateway, type GatewayDependencies } from './app.ts';
import type { GatewayConfig } from './config.ts';
import { composeFeatures } from './features/compose-features.ts';
import { lazyImageFetcher } from './fetch/lazy-image-fetcher.ts';
import { PredictionCache } from './predict/prediction-cache.ts';
import { createDynamoQuotaCounter } from './quota/dynamo-quota-counter.ts';
import { createMemoryQuotaCounter } from './quota/memory-quota-counter.ts';
import { composeUploads } from './uploads/compose-uploads.ts';

export interface ComposedGateway extends AsyncDisposable {
  readonly app: Gateway;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface ComposeGatewayDependencies {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Default: lines for CloudWatch, where POWERTOOLS_METRICS_NAMESPACE is set. */
  readonly emitMetrics?: EmitMetrics;
}

/** The gateway that a configuration describes; connects to the fleet with the first request. Dispose it after the last. */
export function composeGateway(config: GatewayConfig, dependencies: ComposeGatewayDependencies = {}): ComposedGateway {
  const clock = dependencies.clock ?? systemClock;
  const log =
    dependencies.log ?? createLogger(config.LOG_LEVEL, undefined, { service: config.POWERTOOLS_SERVICE_NAME });
  const fleet = createFleetClient(
    {
      target: config.FLEET_TARGET,
      maxIdleMs: config.FLEET_MAX_IDLE_MS,
      minResolutionIntervalMs: config.FLEET_MIN_RESOLUTION_MS,
    },
    { clock },
  );
  const images = lazyImageFetcher(
    { maxBytes: config.MAX_IMAGE_BYTES, timeoutMs: config.IMAGE_TIMEOUT_MS, allowedHosts: config.IMAGE_ALLOWED_HOSTS },
    { clock },
  );
  const limits = {
    maxBodyBytes: config.MAX_BODY_BYTES,
    maxImageBytes: config.MAX_IMAGE_BYTES,
    maxImagePixels: config.MAX_IMAGE_PIXELS,
    maxRequestMs: config.REQUEST_TIMEOUT_MS,
    maxUploadBytes: config.UPLOAD_MAX_BYTES,
  };
  const now = createAgeClock(() => clock.now(), Date.now);
  const features = composeFeatures(config, { clock, now, log });
  const app = createGateway({
    ...{ fleet, fetchImage: images.fetchImage, clock, log, limits, features },
    uploads: composeUploads(config, { clock }),
    predictions: predictionCacheOf(config, now),
    grants: grantsOf(config, clock, log),
    quotas: quotasOf(config),
    noBackendRetrySeconds: config.NO_BACKEND_RETRY_SECONDS,
    corsOrigins: config.CORS_ALLOWED_ORIGINS,
    emitMetrics: dependencies.emitMetrics ?? metricsOf(config),
  });
  return {
    app,
    log,
    clock,
    async [Symbol.asyncDispose]() {
      await Promise.all([fleet.close(), images[Symbol.asyncDispose](), features[Symbol.asyncDispose]()]);
    },
  };
}

function predictionCacheOf(config: GatewayConfig, now: () => number): PredictionCache | undefined {
  const { PREDICTION_CACHE_BYTES: maxBytes, PREDICTION_CACHE_TTL_MS: ttlMs } = config;
  return maxBytes === 0 ? undefined : new PredictionCache({ maxBytes, ttlMs }, now);
}

/** How the gateway learns who asks. */
function grantsOf(config: GatewayConfig, clock: Clock, log: Logger): NonNullable<GatewayDependencies['grants']> {
  return {
    authorizer: composeAuthorizer(config, { clock, now: Date.now, log }),
    required: config.REQUIRE_GRANT,
    scopeClaim: config.JWT_SCOPE_CLAIM,
  };
}

/** Where requests are counted. */
function quotasOf(config: GatewayConfig): NonNullable<GatewayDependencies['quotas']> {
  const { QUOTA_TABLE: table, DEFAULT_QUOTA_PER_MINUTE: perMinute } = config;
  return {
    counter: table === '' ? createMemoryQuotaCounter() : createDynamoQuotaCounter(table),
    fallback: perMinute === 0 ? {} : { perMinute },
    onFault: config.QUOTA_ON_FAULT,
    now: Date.now,
  };
}

function metricsOf(config: GatewayConfig): EmitMetrics | undefined {
  const { POWERTOOLS_METRICS_NAMESPACE: namespace, POWERTOOLS_SERVICE_NAME: service } = config;
  return namespace === '' ? undefined : createEmbeddedMetrics({ namespace, dimensions: { service } });
}
