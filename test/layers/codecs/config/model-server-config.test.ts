import { Code, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { modelServerConfigFromText } from '../../../../layers/codecs/src/config/model-server-config.ts';

const MODEL = {
  name: '',
  basePath: '',
  modelType: 0,
  modelPlatform: '',
  versionPolicy: undefined,
  versionLabels: new Map(),
  logging: undefined,
};

describe('modelServerConfigFromText', () => {
  it.each([
    ['nothing', '# nothing', { kind: 'empty' }],
    ['an empty list', 'model_config_list {}', { kind: 'list', models: [] }],
    ['a custom config', 'custom_model_config { [a.b/c.D] { x: 1 } }', { kind: 'custom' }],
  ])('reads %s', (_name, text, expected) => {
    expect(modelServerConfigFromText(text, 'f')).toEqual(expected);
  });

  it.each<[string, object]>([
    ['name: "m" base_path: "/m"', { name: 'm', basePath: '/m' }],
    ['model_type: TENSORFLOW', { modelType: 1 }],
    ['model_type: 2', { modelType: 2 }],
    ['model_platform: "tensorflow"', { modelPlatform: 'tensorflow' }],
    ['model_version_policy {}', {}],
    ['model_version_policy { latest {} }', { versionPolicy: { kind: 'latest', count: 0 } }],
    ['model_version_policy: { latest: { num_versions: 3 } }', { versionPolicy: { kind: 'latest', count: 3 } }],
    ['model_version_policy { all {} }', { versionPolicy: { kind: 'all' } }],
    [
      'model_version_policy { specific { versions: 5 versions: [3, 4] } }',
      { versionPolicy: { kind: 'specific', versions: [5, 3, 4].map(version) } },
    ],
    [
      'version_labels { key: "a" value: 1 } version_labels { value: 2 key: "b" }',
      {
        versionLabels: new Map([
          ['a', version(1)],
          ['b', version(2)],
        ]),
      },
    ],
    [
      'logging_config { log_collector_config { filename_prefix: "/p" } sampling_config { sampling_rate: 0.5 } }',
      { logging: { collector: { type: '', filenamePrefix: '/p' }, samplingRate: 0.5 } },
    ],
    ['logging_config { custom_logging_config {} }', { logging: { collector: undefined, samplingRate: 0 } }],
  ])('reads %s', (text, expected) => {
    const config = modelServerConfigFromText(`model_config_list { config { ${text} } }`, 'f');
    expect(config).toEqual({ kind: 'list', models: [{ ...MODEL, ...expected }] });
  });

  it('refuses a label for a negative version', () => {
    const text = 'model_config_list { config { name: "m" version_labels { key: "l" value: -1 } } }';
    expect(() => modelServerConfigFromText(text, 'f')).toThrow('the label "l" of model "m" names the version -1');
  });

  it('says what, where and in which file it does not understand', () => {
    expect(() => modelServerConfigFromText('model_config_list {\n  config { nme: "m" }\n}', '/a.config')).toThrow(
      expect.objectContaining({
        code: Code.InvalidArgument,
        message:
          'Error parsing text-format tensorflow.serving.ModelServerConfig: 2:12: tensorflow.serving.ModelConfig has no field "nme" (in /a.config)',
      }),
    );
  });
});
