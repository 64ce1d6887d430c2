import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveServerConfig } from '../../../gpu-backend/src/config/resolve.ts';
import { readServingFiles, type ServingFiles } from '../../../gpu-backend/src/config/serving-files.ts';

type Flag =
  | 'batching_parameters_file'
  | 'monitoring_config_file'
  | 'platform_config_file'
  | 'ssl_config_file'
  | 'rest_api_ssl_config_file';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tensorfleet-files-'));
  mkdirSync(join(folder, 'folder'));
  symlinkSync('/dev/zero', join(folder, 'endless'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(flag: Flag, content: string | Uint8Array): ServingFiles {
  writeFileSync(join(folder, 'config'), content);
  return readPath(flag, 'config');
}

function readPath(flag: Flag, name: string): ServingFiles {
  const settings = { model_repository: '/m', enable_batching: true, [flag]: join(folder, name) };
  return readServingFiles(resolveServerConfig(settings));
}

function platform(bundle: string, key = 'tensorflow'): string {
  const type = 'type.googleapis.com/tensorflow.serving.SavedModelBundleSourceAdapterConfig';
  return `platform_configs { key: "${key}" value { source_adapter_config { [${type}] { legacy_config { ${bundle} } } } } }`;
}

const PEM = { key: '-----BEGIN PRIVATE KEY-----\\n', cert: '-----BEGIN CERTIFICATE-----\\n' };

describe('readServingFiles', () => {
  it('reads none when none is named', () => {
    const config = resolveServerConfig({ model_repository: '/m' });
    expect(readServingFiles(config)).toEqual({ config, withoutEffect: [] });
  });

  it('reads batching parameters', () => {
    const text = 'max_batch_size { value: 8 } num_batch_threads { value: 4 } thread_pool_name { value: "p" }';
    const { batching, withoutEffect } = read('batching_parameters_file', text);
    expect(batching).toEqual({ maxBatchSize: 8, allowedBatchSizes: [], padVariableLengthInputs: false });
    expect(withoutEffect).toEqual(['num_batch_threads', 'thread_pool_name']);
  });

  it.each([
    ['prometheus_config { enable: true path: "/metrics" }', '/metrics'],
    ['prometheus_config { enable: true }', undefined],
    ['prometheus_config { path: "/metrics" }', undefined],
    ['', undefined],
  ])('reads where the metrics are of %j', (text, path) => {
    expect(read('monitoring_config_file', text).metricsPath).toBe(path);
  });

  it.each([
    ['ssl_config_file', 'grpcTls'],
    ['rest_api_ssl_config_file', 'restTls'],
  ] as const)('reads keys and certificates of %s', (flag, key) => {
    const text = `server_key: '${PEM.key}' server_cert: '${PEM.cert}' custom_ca: 'ca' client_verify: true`;
    expect(read(flag, text)[key]).toEqual({
      serverKey: '-----BEGIN PRIVATE KEY-----\n',
      serverCert: '-----BEGIN CERTIFICATE-----\n',
      customCa: 'ca',
      clientVerify: true,
    });
  });

  it('lets the platform overrule flags, and names what it cannot do', () => {
    const bundle = `batching_parameters { max_batch_size { value: 4 } } saved_model_tags: ["serve", "gpu"]
      enable_model_warmup: true model_warmup_options { num_request_iterations { value: 3 } }
      session_config { gpu_options { allow_growth: true } } mixed_precision: "bfloat16"`;
    const { config, batching, withoutEffect } = read('platform_config_file', platform(bundle));
    expect(config).toMatchObject({
      enable_batching: true,
      saved_model_tags: ['serve', 'gpu'],
      enable_model_warmup: true,
      num_request_iterations_for_warmup: 3,
    });
    expect(batching?.maxBatchSize).toBe(4);
    expect(withoutEffect).toEqual(['session_config', 'mixed_precision']);
  });

  it('takes for off what the platform does not switch on, and keeps its tags', () => {
    const { config } = read('platform_config_file', platform(''));
    expect(config).toMatchObject({ enable_model_warmup: false, saved_model_tags: ['serve'] });
  });

  it('knows no platform but tensorflow', () => {
    const both = `${platform('')} ${platform('', 'other')}`;
    expect(read('platform_config_file', both).withoutEffect).toEqual(['platform_configs "other"']);
    expect(() => read('platform_config_file', platform('', 'other'))).toThrow('has no platform "tensorflow"');
  });

  it.each([
    { name: 'no text', content: Uint8Array.of(0xff), message: 'is not UTF-8 text' },
    { name: 'too large', content: new Uint8Array(2 ** 24 + 1), message: 'a configuration has 16777216 at most' },
  ])('refuses a file that is $name', ({ content, message }) => {
    expect(() => read('batching_parameters_file', content)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(message) }),
    );
  });

  it.each<[Flag, string, string]>([
    ['batching_parameters_file', 'max_batch_size: 1', '1:17: "max_batch_size" is a message'],
    ['monitoring_config_file', 'prometheus_config { port: 1 }', 'has no field "port"'],
    ['monitoring_config_file', 'prometheus_config { enable: true path: "x" }', 'the path "x"'],
    ['platform_config_file', 'platform_configs {', '1:19: "}" is expected'],
    ['ssl_config_file', `server_key: "/etc/key.pem" server_cert: "${PEM.cert}"`, 'server_key in'],
    ['rest_api_ssl_config_file', `server_key: "${PEM.key}"`, 'rest_api_ssl_config_file: server_cert in'],
  ])('refuses %s with %j', (flag, content, message) => {
    expect(() => read(flag, content)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(message) }),
    );
    expect(() => read(flag, content)).toThrow(folder);
  });

  it.each([
    ['none', Code.NotFound, 'does not exist'],
    ['folder', Code.FailedPrecondition, 'is a directory'],
    ['endless', Code.FailedPrecondition, 'is no regular file'],
  ])('names the flag and the file when that is %s', (name, code, message) => {
    expect(() => readPath('batching_parameters_file', name)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringMatching(`^batching_parameters_file: "${folder}/${name}" ${message}`),
      }),
    );
  });
});
