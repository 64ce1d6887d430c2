import { createFleetClient } from '@tensorfleet/client';
import { type Clock, type Logger, systemClock } from '@tensorfleet/core';
import { createLogger } from '../telemetry/logger.ts';
import { createAgeClock } from './age-clock.ts';
import { createGateway, type Gateway } from './app.ts';
import type { GatewayConfig } from './config.ts';
import { composeFeatures } from './features/compose-features.ts';
import { createImageFetcher } from './fetch/fetch-image.ts';
import { PredictionCache } from './predict/prediction-cache.ts';
import { composeUploads } from './uploads/compose-uploads.ts';

export interface ComposedGateway extends AsyncDisposable {
  readonly app: Gateway;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface ComposeGatewayDependencies {
  readonly clock?: Clock;
  readonly log?: Logger;
}

/** The gateway that a configuration describes; connects to the fleet with the first request. Dispose it after the last. */
export function composeGateway(config: GatewayConfig, dependencies: ComposeGatewayDependencies = {}): ComposedGateway {
  const clock = dependencies.clock ?? systemClock;
  const log = dependencies.log ?? createLogger(config.LOG_LEVEL);
  const fleet = createFleetClient(
    {
      target: config.FLEET_TARGET,
      maxIdleMs: config.FLEET_MAX_IDLE_MS,
      minResolutionIntervalMs: config.FLEET_MIN_RESOLUTION_MS,
    },
    { clock },
  );
  const images = createImageFetcher(
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
  const uploads = composeUploads(config, clock);
  const now = createAgeClock(() => clock.now(), Date.now);
  const features = composeFeatures(config, { clock, now, log });
  const predictions = predictionCacheOf(config, now);
  return {
    app: createGateway({ fleet, fetchImage: images.fetchImage, clock, log, limits, uploads, features, predictions }),
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
