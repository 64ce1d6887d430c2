import type { ModelConfig, ModelServerConfig } from '@tensorfleet/codecs';
import { Code, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { all, latest, specific } from '../../../../gpu-backend/src/repository/servable-version-policy.ts';
import { checkModelConfigs, watchedModel } from '../../../../gpu-backend/src/server/models/model-configs.ts';
import { listOf, modelConfig } from '../model-configs-of.ts';

function refusal(next: ModelServerConfig, previous?: ModelServerConfig): unknown {
  try {
    return checkModelConfigs(next, previous && checkModelConfigs(previous, undefined));
  } catch (error) {
    return error;
  }
}

const M = modelConfig('m');
const WRONG: readonly (readonly [string, readonly ModelConfig[], string])[] = [
  ['DuplicateModelNameInConfig', [M, modelConfig('n'), M], 'Illegal to list model m multiple times in config list'],
  [
    'RelativePathFails',
    [{ ...M, basePath: 'models/m' }],
    'Expected model m to have an absolute path or URI; got base_path()=models/m',
  ],
  [
    'an empty base path',
    [{ ...M, basePath: '' }],
    'Expected model m to have an absolute path or URI; got base_path()=',
  ],
  [
    'MixedAbsoluteRelativeFails',
    [modelConfig('n'), { ...M, basePath: './m' }],
    'Expected model m to have an absolute path or URI; got base_path()=./m',
  ],
  [
    'a bucket',
    [{ ...M, basePath: 's3://bucket' }],
    'model m has the base_path s3://bucket: "s3://bucket" is a bucket, the directory of a model lies in one: s3://bucket/mnist',
  ],
  ['a null character', [{ ...M, basePath: '/m\0' }], 'the base_path of model m contains a null character'],
  [
    'IllegalConfigModelTypeAndPlatformSet',
    [{ ...M, modelType: 1 }],
    'Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform, model name is m',
  ],
  [
    'neither type nor platform',
    [{ ...M, modelPlatform: '' }],
    'Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform, model name is m',
  ],
  [
    'the type OTHER',
    [{ ...M, modelPlatform: '', modelType: 2 }],
    'ModelServerConfig::model_type choice 2 not supported.',
  ],
  [
    'a sampling rate above 1',
    [{ ...M, logging: { collector: { type: '', filenamePrefix: '/p' }, samplingRate: 2 } }],
    'the logging_config of model m has the sampling_rate 2, it must be from 0 to 1',
  ],
  [
    'a sampling rate that is no number',
    [{ ...M, logging: { collector: { type: '', filenamePrefix: '/p' }, samplingRate: Number.NaN } }],
    'the logging_config of model m has the sampling_rate NaN, it must be from 0 to 1',
  ],
  [
    'an unknown log collector',
    [{ ...M, logging: { collector: { type: 'kafka', filenamePrefix: '/p' }, samplingRate: 1 } }],
    'the logging_config of model m has a log_collector_config of type "kafka", only "file" is known',
  ],
  [
    'a log without a place',
    [{ ...M, logging: { collector: undefined, samplingRate: 0.1 } }],
    'the logging_config of model m has no log_collector_config with a filename_prefix',
  ],
  ['UnknownModelPlatform', [{ ...M, modelPlatform: 'caffe' }], 'Model m requests unsupported platform caffe'],
  [
    'a name that no request can address',
    [{ ...M, name: 'a/b' }],
    '"a/b" is no model name: 1 to 255 bytes without "/", "\\", ":" and control characters, not beginning with "."',
  ],
];

describe('checkModelConfigs', () => {
  it.each(WRONG)('refuses %s', (_, models, message) => {
    expect(refusal(listOf(...models))).toMatchObject({ code: Code.InvalidArgument, message });
  });

  it.each([
    ['DeprecatedModelTypeConfig', { ...M, modelPlatform: '', modelType: 1 }],
    ['MultiplePlatforms', { ...M, modelPlatform: 'onnx' }],
    ['AbsolutePathSucceeds', { ...M, basePath: '/models/../models/m' }],
    ['a file URI', { ...M, basePath: 'file:///models/m' }],
  ])('accepts %s', (_, model) => {
    expect([...checkModelConfigs(listOf(model), undefined).keys()]).toEqual(['m']);
  });

  it('refuses to change the platform of a model: IllegalToChangeModelPlatform', () => {
    expect(refusal(listOf({ ...M, modelPlatform: 'onnx' }), listOf(M))).toMatchObject({
      code: Code.InvalidArgument,
      message:
        "Illegal to change a model's platform. For model m platform was tensorflow and new platform requested is onnx",
    });
  });

  it('lets a model that was removed come back on another platform: MultiplePlatformsWithConfigChange', () => {
    const other = { ...M, modelPlatform: 'onnx' };
    expect(refusal(listOf(other), listOf())).toEqual(new Map([['m', other]]));
  });

  it.each([{ kind: 'custom' }, { kind: 'empty' }] as const)('refuses to go from a list to %j', (next) => {
    expect(refusal(next, listOf(M))).toMatchObject({
      code: Code.FailedPrecondition,
      message:
        'Cannot transition to requested config. It is only legal to transition from one ModelConfigList to another.',
    });
  });

  it('refuses to begin with a custom config', () => {
    expect(refusal({ kind: 'custom' })).toMatchObject({ code: Code.InvalidArgument });
  });

  it('takes an empty config for none as the first one, and an empty list as one', () => {
    expect([refusal({ kind: 'empty' }), refusal(listOf(), listOf(M))]).toEqual([new Map(), new Map()]);
  });
});

describe('watchedModel', () => {
  it.each([
    [undefined, latest(3)],
    [{ kind: 'latest', count: 0 }, latest(1)],
    [{ kind: 'latest', count: 2 }, latest(2)],
    [{ kind: 'all' }, all()],
    [{ kind: 'specific', versions: [version(5), version(3)] }, specific([version(3), version(5)])],
    [{ kind: 'specific', versions: [] }, specific([])],
  ] as const)('has the policy of %j', (versionPolicy, policy) => {
    expect(watchedModel({ ...M, versionPolicy }, latest(3)).policy).toEqual(policy);
  });

  it('has the URL of a store as it is, without slashes at its end', () => {
    const model = { ...M, basePath: 'S3://bucket/models/m/' };
    expect(watchedModel(model, latest()).basePath).toBe('s3://bucket/models/m');
  });

  it('has a path also where a URI was given', () => {
    expect(watchedModel({ ...M, basePath: 'file:///models/m' }, latest()).basePath).toBe('/models/m');
  });
});
