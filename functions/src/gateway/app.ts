import { randomBytes } from 'node:crypto';
import type { FleetClient } from '@tensorfleet/client';
import { malformedRequest, parseRestPath, type RestTarget } from '@tensorfleet/codecs';
import { type Clock, type Logger, notFound, unimplemented } from '@tensorfleet/core';
import { Hono } from 'hono/tiny';
import type { FeatureStores } from './features/feature-stores.ts';
import type { FetchImage } from './fetch/fetch-image.ts';
import { type GatewayContext, type GatewayEnv, rawTargetOf } from './gateway-env.ts';
import { accessLog } from './middleware/access-log.ts';
import { bodyLimit } from './middleware/body-limit.ts';
import { deadline } from './middleware/deadline.ts';
import { errorBoundary } from './middleware/error-boundary.ts';
import { requestId } from './middleware/request-id.ts';
import type { PredictionCache } from './predict/prediction-cache.ts';
import { VersionCache } from './predict/version-cache.ts';
import { healthRoute } from './routes/health-route.ts';
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
}

export type Gateway = Hono<GatewayEnv>;

type Routes = PredictRouteDependencies & UploadRouteDependencies & OpenApiRouteDependencies;

/**
 * The gateway as an app that any host can run: the REST API of TensorFlow Serving, pictures, health. The host passes
 * what a Request does not carry as bindings: see GatewayBindings.
 *
 * Hono's router cannot express `/models/:model:predict` and decodes `%2F` before it matches, so there is one wildcard
 * and our own grammar on the raw target.
 */
export function createGateway(dependencies: GatewayDependencies): Gateway {
  const { clock, log, limits, uploads, random = randomBytes } = dependencies;
  const versions = new VersionCache(dependencies.fleet);
  const routes: Routes = { ...dependencies, ...limits, versions, uploads, random };
  const app: Gateway = new Hono();
  app.onError(errorBoundary({ log }));
  app.use(requestId());
  app.use(accessLog({ log, clock }));
  app.use(deadline({ clock, maxMs: limits.maxRequestMs }));
  app.use(bodyLimit({ maxBytes: limits.maxBodyBytes }));
  app.all('*', (c) => answer(c, routes));
  return app;
}

async function answer(c: GatewayContext, routes: Routes): Promise<Response> {
  const { method } = c.req;
  const path = rawTargetOf(c).split(/[?#]/, 1)[0] ?? '';
  if (path === '/healthz' && (method === 'GET' || method === 'HEAD')) {
    return healthRoute(c, routes);
  }
  if (path === '/v1/uploads' && method === 'POST') {
    return uploadRoute(c, routes);
  }
  if (path === '/openapi.json' && (method === 'GET' || method === 'HEAD')) {
    return openApiRoute(c, routes);
  }
  if (!path.startsWith('/v1/')) {
    throw notFound(`no such path: ${method} ${path}`);
  }
  const target = parseRestPath(method, path);
  if (target === undefined) {
    throw malformedRequest(method, path);
  }
  return answerTarget(c, routes, target);
}

function answerTarget(c: GatewayContext, routes: PredictRouteDependencies, target: RestTarget): Promise<Response> {
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
