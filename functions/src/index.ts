export { createGateway, type Gateway, type GatewayDependencies, type GatewayLimits } from './gateway/app.ts';
export { type ComposedGateway, type ComposeGatewayDependencies, composeGateway } from './gateway/compose.ts';
export { type GatewayConfig, gatewayConfigSchema, resolveGatewayConfig } from './gateway/config.ts';
export {
  createImageFetcher,
  type FetchImage,
  type FetchImageDependencies,
  type FetchImageOptions,
  type ImageFetcher,
} from './gateway/fetch/fetch-image.ts';
export type { ResolveHost } from './gateway/fetch/ssrf-guard.ts';
export type { GatewayBindings } from './gateway/gateway-env.ts';
export { type RunningGateway, type StartGatewayOptions, startGateway } from './gateway/node-server.ts';
export { picturePlan } from './gateway/predict/picture-plan.ts';
export { type PredictPlan, type RollingAnswer, rollingPredict } from './gateway/predict/rolling-predict.ts';
export { type TensorsPlan, tensorsPlan } from './gateway/predict/tensors-plan.ts';
export { VersionCache } from './gateway/predict/version-cache.ts';
export { pipelineOf, signatureOf, type VersionInfo } from './gateway/predict/version-info.ts';
export {
  createHttpApiV2Handler,
  type HttpApiV2Event,
  type HttpApiV2Handler,
  type HttpApiV2Result,
  type LambdaContext,
} from './lambda/http-api-v2.ts';
export { createLogger, type LogLevel } from './telemetry/logger.ts';
