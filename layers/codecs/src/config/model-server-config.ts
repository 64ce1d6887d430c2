import type { Version } from '@tensorfleet/core';

/** tensorflow.serving.ModelServerConfig. `custom` has no meaning here; `empty` is a config that sets neither. */
export type ModelServerConfig =
  | { readonly kind: 'list'; readonly models: readonly ModelConfig[] }
  | { readonly kind: 'custom' }
  | { readonly kind: 'empty' };

/** tensorflow.serving.ModelConfig as it was written: names may repeat, paths may be relative, both types may be set. */
export interface ModelConfig {
  readonly name: string;
  readonly basePath: string;
  /** Deprecated: 0 is unspecified, 1 TENSORFLOW, 2 OTHER. */
  readonly modelType: number;
  readonly modelPlatform: string;
  /** Undefined when none is set, which means the latest version. */
  readonly versionPolicy: ConfiguredVersionPolicy | undefined;
  readonly versionLabels: ReadonlyMap<string, Version>;
  readonly logging: LoggingConfig | undefined;
}

/** FileSystemStoragePathSourceConfig.ServableVersionPolicy; `count` 0 means 1. */
export type ConfiguredVersionPolicy =
  | { readonly kind: 'latest'; readonly count: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'specific'; readonly versions: readonly Version[] };

/** tensorflow.serving.LoggingConfig, as much of it as means something here. */
export interface LoggingConfig {
  /** LogCollectorConfig; undefined when it is not set. */
  readonly collector: { readonly type: string; readonly filenamePrefix: string } | undefined;
  /** Share of the requests that are logged, as written; 0 when it is not set. */
  readonly samplingRate: number;
}

/** tensorflow.serving.ReloadConfigRequest; undefined when it holds no config. */
export interface ReloadConfigRequest {
  readonly config: ModelServerConfig | undefined;
}
