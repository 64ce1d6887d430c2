import {
  embedded,
  enumeration,
  messageType,
  opaque,
  repeated,
  repeatedScalar,
  scalar,
  scalarMap,
} from './message-type.ts';

const Latest = messageType('tensorflow.serving.FileSystemStoragePathSourceConfig.ServableVersionPolicy.Latest', {
  num_versions: scalar(1, 'uint32'),
});

const All = messageType('tensorflow.serving.FileSystemStoragePathSourceConfig.ServableVersionPolicy.All', {});

const Specific = messageType('tensorflow.serving.FileSystemStoragePathSourceConfig.ServableVersionPolicy.Specific', {
  versions: repeatedScalar(1, 'int64'),
});

export const ServableVersionPolicyMessage = messageType(
  'tensorflow.serving.FileSystemStoragePathSourceConfig.ServableVersionPolicy',
  {
    latest: embedded(100, Latest, 'policy_choice'),
    all: embedded(101, All, 'policy_choice'),
    specific: embedded(102, Specific, 'policy_choice'),
  },
);

const LogCollectorConfig = messageType('tensorflow.serving.LogCollectorConfig', {
  type: scalar(1, 'string'),
  filename_prefix: scalar(2, 'string'),
});

const SamplingConfig = messageType('tensorflow.serving.SamplingConfig', {
  sampling_rate: scalar(1, 'double'),
  attributes: opaque(2),
  per_task_sampling_configs: opaque(3),
});

export const LoggingConfigMessage = messageType('tensorflow.serving.LoggingConfig', {
  log_collector_config: embedded(1, LogCollectorConfig),
  sampling_config: embedded(2, SamplingConfig),
  custom_logging_config: opaque(3),
});

export const ModelConfigMessage = messageType('tensorflow.serving.ModelConfig', {
  name: scalar(1, 'string'),
  base_path: scalar(2, 'string'),
  model_type: enumeration(3, 'tensorflow.serving.ModelType', { MODEL_TYPE_UNSPECIFIED: 0, TENSORFLOW: 1, OTHER: 2 }),
  model_platform: scalar(4, 'string'),
  logging_config: embedded(6, LoggingConfigMessage),
  model_version_policy: embedded(7, ServableVersionPolicyMessage),
  version_labels: scalarMap(8, 'int64'),
});

const ModelConfigList = messageType('tensorflow.serving.ModelConfigList', {
  config: repeated(1, ModelConfigMessage),
});

export const ModelServerConfigMessage = messageType('tensorflow.serving.ModelServerConfig', {
  model_config_list: embedded(1, ModelConfigList, 'config'),
  custom_model_config: opaque(2, 'config'),
});

export const ReloadConfigRequestMessage = messageType('tensorflow.serving.ReloadConfigRequest', {
  config: embedded(1, ModelServerConfigMessage),
  metric_names: repeatedScalar(2, 'string'),
});
