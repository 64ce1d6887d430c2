import type { ModelConfig, ModelServerConfig } from '@tensorfleet/codecs';

export function modelConfig(name: string, changes: Partial<ModelConfig> = {}): ModelConfig {
  return {
    name,
    basePath: `/models/${name}`,
    modelType: 0,
    modelPlatform: 'tensorflow',
    versionPolicy: undefined,
    versionLabels: new Map(),
    logging: undefined,
    ...changes,
  };
}

export function listOf(...models: readonly ModelConfig[]): ModelServerConfig {
  return { kind: 'list', models };
}
