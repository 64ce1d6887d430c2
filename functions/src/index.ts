export { type ApiKey, createApiKey, digestOfKey, formatApiKey, isKeyId, parseApiKey } from './authorizer/api-key.ts';
export {
  formatKeyDocument,
  type KeyRecord,
  keyRecordSchema,
  MAX_SECRETS,
  parseKeyDocument,
} from './authorizer/key-document.ts';
export { type KeyPlace, parseKeyPlace } from './authorizer/key-source.ts';
export type { Quota } from './authorizer/quota.ts';
export { ACTIONS, type Action, modelPatternSchema } from './authorizer/scope.ts';
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
export {
  type InternalServer,
  type StartInternalServerOptions,
  startInternalServer,
} from './gateway/internal-server.ts';
export { type RunningGateway, type StartGatewayOptions, startGateway } from './gateway/node-server.ts';
export { picturePlan } from './gateway/predict/picture-plan.ts';
export { type PredictPlan, type RollingAnswer, rollingPredict } from './gateway/predict/rolling-predict.ts';
export { type TensorsPlan, tensorsPlan } from './gateway/predict/tensors-plan.ts';
export { VersionCache } from './gateway/predict/version-cache.ts';
export { pipelineOf, signatureOf, type VersionInfo } from './gateway/predict/version-info.ts';
export type { LambdaResult } from './lambda/exchange.ts';
export type { LambdaContext } from './lambda/invocation.ts';
export { createLambdaHandler, type LambdaHandler } from './lambda/lambda-handler.ts';
export {
  type AwsLambda,
  createStreamingHandler,
  type ResponseStream,
  type StreamHead,
  type StreamingHandler,
} from './lambda/streaming-handler.ts';
export { createEmbeddedMetrics, type EmitMetrics, type Metric } from './telemetry/embedded-metrics.ts';
export { createLogger, type LogLevel } from './telemetry/logger.ts';
export { createPrometheusMetrics, type PrometheusMetrics } from './telemetry/prometheus-metrics.ts';
