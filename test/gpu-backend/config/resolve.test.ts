import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { resolveServerConfig } from '../../../gpu-backend/src/config/resolve.ts';

const MODELS = { model_repository: '/m' };

describe('resolveServerConfig', () => {
  it('fills in the defaults, and the last setting wins', () => {
    const config = resolveServerConfig({ ...MODELS, port: 1 }, { port: '9000' });
    expect(config).toMatchObject({
      port: 9000,
      rest_api_port: 8501,
      model_repository: '/m',
      drain_timeout_seconds: 20,
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('reports all problems at once, with key and bound', () => {
    const settings = { ...MODELS, port: 70_000, num_load_threads: -1, no_such_key: 1 };
    expect(() => resolveServerConfig(settings)).toThrow(
      expect.objectContaining({
        code: Code.InvalidArgument,
        message: expect.stringMatching(/num_load_threads: .*0.*port: .*65535.*no_such_key/s),
      }),
    );
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a version policy', { model_version_policy: 'latest:2' }, { model_version_policy: { kind: 'latest', count: 2 } }],
    ['no load threads as one', { num_load_threads: '0' }, { num_load_threads: 1 }],
    ['a negative retry interval as none', { load_retry_interval_micros: '-1' }, { load_retry_interval_micros: 0 }],
    ['batching that is off', { enable_batching: 'false' }, { enable_batching: false }],
    ['a flag without a value', { enable_batching: true }, { enable_batching: true }],
    ['no device as the CPU', {}, { device: { kind: 'cpu', index: 0 } }],
    ['the first GPU', { device: 'cuda' }, { device: { kind: 'cuda', index: 0 } }],
    ['another GPU', { device: 'cuda:3' }, { device: { kind: 'cuda', index: 3 } }],
    ['lists', { saved_model_tags: 'serve, gpu,' }, { saved_model_tags: ['serve', 'gpu'] }],
    ['no threads as one', {}, { intra_op_threads: 1 }],
    ["TensorFlow's threads as ours", { tensorflow_intra_op_parallelism: '3' }, { intra_op_threads: 3 }],
    ['our threads first', { tensorflow_intra_op_parallelism: 3, intra_op_threads: 2 }, { intra_op_threads: 2 }],
    ['half over REST where it is asked for', { rest_api_all_dtypes: 'true' }, { rest_api_all_dtypes: true }],
    ['CORS without origins as all', { rest_api_enable_cors_support: true }, { rest_api_cors_origins: ['*'] }],
    [
      'CORS with origins as these',
      { rest_api_enable_cors_support: true, rest_api_cors_origins: 'https://a, https://b' },
      { rest_api_cors_origins: ['https://a', 'https://b'] },
    ],
    ['no gRPC port, with REST', { port: 0 }, { port: 0 }],
    ['no port, with a socket', { port: 0, rest_api_port: 0, grpc_socket_path: '/s' }, { port: 0 }],
    ['a REST timeout that is none', { rest_api_timeout_in_ms: '-1' }, { rest_api_timeout_in_ms: -1 }],
  ])('reads %s', (_name, settings, expected) => {
    expect(resolveServerConfig(MODELS, settings)).toMatchObject(expected);
  });

  it('tells batching that is unset from batching that is off', () => {
    expect(resolveServerConfig(MODELS).enable_batching).toBeUndefined();
  });

  it('lets model_config_file overrule model_base_path', () => {
    expect(resolveServerConfig({ model_config_file: '/c', model_base_path: '/m' }).model_config_file).toBe('/c');
  });

  it.each([
    {
      name: 'a version policy that is none',
      settings: { ...MODELS, model_version_policy: 'x' },
      text: '"x"',
    },
    {
      name: 'no place for models',
      settings: {},
      text: 'Both server_options.model_base_path and server_options.model_config_file are empty!',
    },
    { name: 'two places', settings: { ...MODELS, model_base_path: '/b' }, text: 'model_repository or model_base_path' },
    {
      name: 'a file and a place',
      settings: { ...MODELS, model_config_file: '/c' },
      text: 'model_repository or model_config_file',
    },
    {
      name: 'a bucket',
      settings: { model_base_path: 'gs://b' },
      text: 'model_base_path: "gs://b" is a bucket, the directory of a model lies in one',
    },
    {
      name: 'no port',
      settings: { ...MODELS, port: 0, rest_api_port: 0 },
      text: 'At least one of server_options.grpc_port or server_options.grpc_socket_path must be set',
    },
    { name: 'one port twice', settings: { ...MODELS, port: 1, rest_api_port: 1 }, text: 'both 1' },
    { name: 'a number that is empty', settings: { ...MODELS, port: '' }, text: 'port: ' },
    { name: 'a fraction of a port', settings: { ...MODELS, port: '1.5' }, text: 'port: ' },
    { name: 'a device that is none', settings: { ...MODELS, device: 'gpu' }, text: 'device: must be cpu, cuda' },
    { name: 'a word for a number', settings: { ...MODELS, port: 'x' }, text: 'port: ' },
    { name: 'a word for a flag', settings: { ...MODELS, enable_batching: 'maybe' }, text: 'enable_batching: ' },
    { name: 'a target that is no time', settings: { ...MODELS, target_latency_ms: 0 }, text: 'target_latency_ms: ' },
    {
      name: 'an origin with a path',
      settings: { ...MODELS, rest_api_cors_origins: '*, https://a/' },
      text: 'rest_api_cors_origins: each must be * or an origin',
    },
    {
      name: 'batching parameters without batching',
      settings: { ...MODELS, batching_parameters_file: '/b' },
      text: 'server_options.batching_parameters_file is set without setting server_options.enable_batching to true.',
    },
    { name: 'ALTS', settings: { ...MODELS, use_alts_credentials: true }, text: 'use_alts_credentials cannot be true' },
    {
      name: 'three numbers of threads',
      settings: {
        ...MODELS,
        tensorflow_session_parallelism: 1,
        tensorflow_intra_op_parallelism: 1,
        tensorflow_inter_op_parallelism: 1,
      },
      text: 'are all set',
    },
  ])('refuses $name', ({ settings, text }) => {
    expect(() => resolveServerConfig(settings)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(text) }),
    );
  });
});
