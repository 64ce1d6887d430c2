export { createGateway, type Gateway, type GatewayDependencies, type GatewayLimits } from './app.ts';
export { type ComposedGateway, type ComposeGatewayDependencies, composeGateway } from './compose.ts';
export { type GatewayConfig, gatewayConfigSchema, resolveGatewayConfig } from './config.ts';
export {
  createImageFetcher,
  type FetchImage,
  type FetchImageDependencies,
  type FetchImageOptions,
  type ImageFetcher,
} from './fetch/fetch-image.ts';
export type { ResolveHost } from './fetch/ssrf-guard.ts';
export type { GatewayBindings } from './gateway-env.ts';
export {
  createHttpApiV2Handler,
  type HttpApiV2Event,
  type HttpApiV2Handler,
  type HttpApiV2Result,
  type LambdaContext,
} from './lambda/http-api-v2.ts';
export { createLogger, type LogLevel } from './logger.ts';
export { type RunningGateway, type StartGatewayOptions, startGateway } from './node-server.ts';
export { picturePlan } from './predict/picture-plan.ts';
export { type PredictPlan, type RollingAnswer, rollingPredict } from './predict/rolling-predict.ts';
export { type TensorsPlan, tensorsPlan } from './predict/tensors-plan.ts';
export { VersionCache } from './predict/version-cache.ts';
export { pipelineOf, signatureOf, type VersionInfo } from './predict/version-info.ts';
