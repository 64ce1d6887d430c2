export { resolveBatchPolicy } from './batching/batch-policy.ts';
export { createBatchScheduler } from './batching/shared-batch-scheduler.ts';
export { readConfigFile } from './config/config-file.ts';
export { readEngineEnvironment, withModelEnvironment } from './config/environment.ts';
export { resolveServerConfig } from './config/resolve.ts';
export {
  type ServerConfig,
  type Settings,
  serverConfigSchema,
  serverConfigTopics,
  settingsWithoutEffect,
  withoutEffectSchema,
} from './config/schema.ts';
export type { ModelArtifact, Session } from './engine/engine.ts';
export { type ConvertedModel, type ConvertModelOptions, convertModel } from './inspection/convert-model.ts';
export { type InspectOptions, inspectModel } from './inspection/inspect-model.ts';
export { plainStages } from './inspection/inspected-stages.ts';
export type {
  EngineVerdict,
  InspectedSignature,
  InspectedStage,
  InspectedTensor,
  ModelInspection,
} from './inspection/model-inspection.ts';
export { locateModel, type ModelLocation } from './inspection/model-location.ts';
export { type EnginePair, type OpenEnginesOptions, openEngines } from './inspection/open-engines.ts';
export { createLogger, type LoggerOptions } from './logging/logger.ts';
export { type RunOptions, runModelServer } from './main.ts';
export { type Load, LoadReport } from './metrics/load-report.ts';
export { type ListenOptions, ModelServer, type ServerPorts } from './model-server.ts';
export { productVersions } from './product-versions.ts';
export { type Place, parsePlace } from './repository/base-path.ts';
export { createVersionCache, type VersionCacheOptions } from './repository/cache/version-cache.ts';
export type { VersionFetcher } from './repository/version-fetcher.ts';
export { openSession, prepareSavedModel } from './saved-model.ts';
