import { randomBytes } from 'node:crypto';
import type { FleetClient } from '@tensorfleet/client';
import { parseRestPath, type RestTarget } from '@tensorfleet/codecs';
import { type Clock, type Logger, unimplemented } from '@tensorfleet/core';
import { Hono } from 'hono/tiny';
import type { EmitMetrics } from '../telemetry/embedded-metrics.ts';
import { isOpen, unknownPath } from './access.ts';
import type { FeatureStores } from './features/feature-stores.ts';
import type { FetchImage } from './fetch/fetch-image.ts';
import { type GatewayContext, type GatewayEnv, rawPathOf } from './gateway-env.ts';
import { accessLog } from './middleware/access-log.ts';
import { bodyLimit } from './middleware/body-limit.ts';
import { carryAnswer } from './middleware/carry-answer.ts';
import { crossOrigin } from './middleware/cross-origin.ts';
import { deadline } from './middleware/deadline.ts';
import { errorBoundary } from './middleware/error-boundary.ts';
import { type GrantOptions, grant } from './middleware/grant.ts';
import { type QuotaOptions, quota } from './middleware/quota.ts';
import { requestId } from './middleware/request-id.ts';
import { requestMetrics } from './middleware/request-metrics.ts';
import { telemetry } from './middleware/telemetry.ts';
import type { PredictionCache } from './predict/prediction-cache.ts';
import { VersionCache } from './predict/version-cache.ts';
import { createMemoryQuotaCounter } from './quota/memory-quota-counter.ts';
import { type HealthRouteDependencies, healthRoute } from './routes/health-route.ts';
import { metadataRoute, modelsRoute, statusRoute } from './routes/model-routes.ts';
import { type OpenApiRouteDependencies, openApiRoute } from './routes/openapi-route.ts';
import { type PredictRouteDependencies, predictRoute } from './routes/predict-route.ts';
import { type UploadRouteDependencies, uploadRoute } from './routes/upload-route.ts';
import type { RandomBytes } from './uploads/upload-key.ts';
import type { UploadStore } from './uploads/upload-store.ts';

export interface GatewayLimits {
  /** Body of a request, before and after unzipping. */
  readonly maxBodyBytes: number;
  /** Encoded size of a picture. */
  readonly maxImageBytes: number;
  /** Width times height of a picture. */
  readonly maxImagePixels: number;
  /** Time of a request that asks for more, or for nothing. */
  readonly maxRequestMs: number;
  /** One upload. */
  readonly maxUploadBytes: number;
}

export interface GatewayDependencies {
  readonly fleet: FleetClient;
  readonly fetchImage: FetchImage;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: GatewayLimits;
  /** Default: there are no uploads. */
  readonly uploads?: UploadStore | undefined;
  /** Default: requests with entities are refused. */
  readonly features?: FeatureStores | undefined;
  /** Default: answers are not remembered. */
  readonly predictions?: PredictionCache | undefined;
  /** Default: Node's. */
  readonly random?: RandomBytes;
  /** Default: nobody has to show anything, and what a host's authorizer has granted holds. */
  readonly grants?: GrantOptions;
  /** Default: counted in memory, and only for grants that have a quota. */
  readonly quotas?: Omit<QuotaOptions, 'clock'>;
  /** What a client should wait that met no server of the fleet. */
  readonly noBackendRetrySeconds: number;
  /** Of pages that may ask from a browser; `*` is all. Default: none. */
  readonly corsOrigins?: readonly string[];
  /** Default: nothing is measured. */
  readonly emitMetrics?: EmitMetrics | undefined;
}

const NO_GRANTS = { required: false, scopeClaim: 'scope' } as const;

/** Its own for each gateway: counts are state. */
const ownQuotas = () =>
  ({ counter: createMemoryQuotaCounter(), fallback: {}, onFault: 'open', now: Date.now }) as const;

export type Gateway = Hono<GatewayEnv>;

type Routes = PredictRouteDependencies & HealthRouteDependencies & UploadRouteDependencies & OpenApiRouteDependencies;

/**
 * The gateway as an app that any host can run: the REST API of TensorFlow Serving, pictures, health. The host passes
 * what a Request does not carry as bindings: see GatewayBindings.
 *
 * Hono's router cannot express `/models/:model:predict` and decodes `%2F` before it matches, so there is one wildcard
 * and our own grammar on the raw target.
 */
export function createGateway(dependencies: GatewayDependencies): Gateway {
  const { clock, log, limits, noBackendRetrySeconds, corsOrigins = [], emitMetrics } = dependencies;
  const { grants = NO_GRANTS, quotas = ownQuotas(), random = randomBytes } = dependencies;
  const versions = new VersionCache(dependencies.fleet);
  const routes: Routes = { ...dependencies, ...limits, versions, uploads: dependencies.uploads, random };
  const app: Gateway = new Hono();
  app.onError(errorBoundary({ noBackendRetrySeconds }));
  app.use(requestId());
  app.use(telemetry({ log }));
  app.use(accessLog({ clock }));
  if (emitMetrics !== undefined) {
    app.use(requestMetrics({ emit: emitMetrics, clock }));
  }
  if (corsOrigins.length > 0) {
    app.use(crossOrigin(corsOrigins)); // before all that may refuse: preflights carry no key
  }
  app.use(carryAnswer());
  app.use(deadline({ clock, maxMs: limits.maxRequestMs }));
  app.use(grant(grants));
  app.use(quota({ ...quotas, clock }));
  app.use(bodyLimit({ maxBytes: limits.maxBodyBytes }));
  app.all('*', (c) => answer(c, routes));
  return app;
}

async function answer(c: GatewayContext, routes: Routes): Promise<Response> {
  const { method } = c.req;
  const path = rawPathOf(c);
  if (isOpen(method, path)) {
    return healthRoute(c, routes);
  }
  if (path === '/v1/uploads' && method === 'POST') {
    return uploadRoute(c, routes);
  }
  if (path === '/openapi.json' && (method === 'GET' || method === 'HEAD')) {
    return openApiRoute(c, routes);
  }
  const target = path.startsWith('/v1/') ? parseRestPath(method, path) : undefined;
  if (target === undefined) {
    throw unknownPath(method, path);
  }
  return answerTarget(c, routes, target);
}

function answerTarget(c: GatewayContext, routes: Routes, target: RestTarget): Promise<Response> {
  if ('spec' in target) {
    c.set('spec', target.spec);
  }
  switch (target.kind) {
    case 'models':
      return modelsRoute(c, routes);
    case 'status':
      return statusRoute(c, routes, target.spec);
    case 'metadata':
      return metadataRoute(c, routes, target.spec);
    case 'infer':
      if (target.verb !== 'predict') {
        throw unimplemented(`:${target.verb} is not supported, :predict is`);
      }
      return predictRoute(c, routes, target.spec);
  }
}
