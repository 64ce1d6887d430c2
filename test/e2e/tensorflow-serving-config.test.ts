import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyTensor, version } from '@tensorfleet/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failedServe, ServingProcess, servingModel } from '../support/serving-process.ts';
import { fp32, named, valuesOf } from '../support/tensors.ts';
import { writeSavedModel } from '../support/tiny-saved-model.ts';

// The tests of tensorflow_model_server_test.py that need a model_config_file.

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tensorfleet-config-'));
  file = join(folder, 'models.config');
  return () => rm(folder, { recursive: true });
});

function configOf(models: readonly string[], pathOf = servingModel): string {
  const configs = models.map(
    (name) => `config { name: "${name}" base_path: "${pathOf(name)}" model_platform: "tensorflow" }`,
  );
  return `model_config_list { ${configs.join('\n')} }`;
}

async function start(models: readonly string[], ...flags: string[]): Promise<ServingProcess> {
  await writeFile(file, configOf(models));
  return await ServingProcess.start([`--model_config_file=${file}`, ...flags], models);
}

/** The file is there as a whole, or not at all. */
async function replaceConfig(models: readonly string[], pathOf = servingModel): Promise<void> {
  await writeFile(`${file}.new`, configOf(models, pathOf));
  await rename(`${file}.new`, file);
}

async function predicted(
  server: ServingProcess,
  name: string,
  x: AnyTensor = fp32([1], 2),
  options: { readonly signatureName?: string; readonly outputFilter?: readonly string[] } = {},
): Promise<unknown> {
  const { signatureName, outputFilter = [] } = options;
  const modelSpec = { name, ...(signatureName !== undefined && { signatureName }) };
  const { outputs, modelSpec: answered } = await server.grpc.predict({ modelSpec, inputs: named({ x }), outputFilter });
  expect(answered).toMatchObject({ name, version: version(123) });
  const [output = ''] = outputs.keys();
  return valuesOf(outputs, output);
}

describe('tensorflow_model_server_test with a model_config_file', () => {
  it('serves two models, with and without an output filter', async () => {
    await using server = await start(['half_plus_two', 'half_plus_three']);
    expect(await predicted(server, 'half_plus_two')).toEqual([3]);
    expect(await predicted(server, 'half_plus_three')).toEqual([4]);
    expect(await predicted(server, 'half_plus_two', fp32([1], 2), { outputFilter: ['y'] })).toEqual([3]);
    expect(await predicted(server, 'half_plus_three', fp32([1], 2), { outputFilter: ['y'] })).toEqual([4]);
  });

  it('says on standard error where it does not understand the file', async () => {
    await writeFile(file, 'improper model config');
    const { code, output } = await failedServe([`--model_config_file=${file}`]);
    expect(code).toBe(1);
    expect(output).toContain(`Error parsing text-format tensorflow.serving.ModelServerConfig: 1:1: `);
  });

  it('serves what the file says after it has changed', async () => {
    await using server = await start(['half_plus_two'], '--model_config_file_poll_wait_seconds=1');
    await replaceConfig(['half_plus_two', 'half_plus_three']);
    await server.program.printed('name: half_plus_three version: 123} is in state available');
    expect(await predicted(server, 'half_plus_three')).toEqual([4]);
    await replaceConfig(['half_plus_three']);
    await server.program.printed('name: half_plus_two version: 123} is in state end');
    await expect(predicted(server, 'half_plus_two')).rejects.toThrow('Servable not found for request');
  });

  it('does not look at the file again when the poll period is zero', async () => {
    const copy = join(folder, 'half_plus_two');
    const newest = join(servingModel('half_plus_two'), '00000123');
    await cp(newest, join(copy, '123'), { recursive: true });
    const pathOf = (name: string) => (name === 'half_plus_two' ? copy : servingModel(name));
    await writeFile(file, configOf(['half_plus_two'], pathOf));
    const flags = [`--model_config_file=${file}`, '--model_config_file_poll_wait_seconds=0'];
    await using server = await ServingProcess.start(flags, ['half_plus_two']);
    await replaceConfig(['half_plus_two', 'half_plus_three'], pathOf);
    // A version is served after two looks at its directory, a second apart: in that time the file would be read, too.
    await cp(newest, join(copy, '124'), { recursive: true });
    await server.program.printed('name: half_plus_two version: 124} is in state available');
    expect(server.program.output).not.toContain('half_plus_three');
    await expect(predicted(server, 'half_plus_three')).rejects.toThrow('Servable not found for request');
  });
});

it('tensorflow_model_server_test answers within the batching parameters of a file, and refuses more', async () => {
  const parameters = join(folder, 'batching.config');
  await writeFile(
    parameters,
    'max_batch_size { value: 2 } batch_timeout_micros { value: 0 } num_batch_threads { value: 2 }',
  );
  const flags = ['--enable_batching', `--batching_parameters_file=${parameters}`];
  await using server = await start(['half_plus_two'], ...flags);
  const path = '/v1/models/half_plus_two:predict';
  expect(JSON.parse(await server.post(path, '{"instances": [2.0, 3.0]}'))).toEqual({ predictions: [3, 3.5] });
  expect(JSON.parse(await server.post(path, '{"instances": [2.0, 3.0, 4.0]}'))).toEqual({
    error: expect.stringContaining('Task size 3 is larger than maximum input batch size 2'),
  });
});

it('tensorflow_model_server_test names an op of TF Text, which is not here, and serves the other models', async () => {
  const op = 'TFText>WhitespaceTokenizeWithOffsetsV2';
  writeSavedModel(join(folder, 'text', '1'), {
    nodes: {
      x: { op: 'Placeholder', dtype: 'FP32', shape: [null] },
      y: { op, dtype: 'FP32', inputs: ['x'] },
    },
    inputs: ['x'],
    outputs: { y: [null] },
  });
  const pathOf = (name: string) => (name === 'text' ? join(folder, 'text') : servingModel(name));
  await writeFile(file, configOf(['text', 'half_plus_two'], pathOf));
  const flags = [`--model_config_file=${file}`, '--engine=onnx', '--max_num_load_retries=0'];
  await using server = await ServingProcess.start(flags, ['half_plus_two']);
  await server.program.printed('name: text version: 1} failed');
  const { model_version_status: versions } = JSON.parse(await server.get('/v1/models/text'));
  expect(versions).toMatchObject([
    { version: '1', state: 'END', status: { error_message: expect.stringContaining(op) } },
  ]);
  expect(await predicted(server, 'half_plus_two')).toEqual([3]);
});

describe('tensorflow_model_server_test with models of tf.saved_model and Keras', () => {
  const models = ['times_six', 'two_signatures', 'keras_identity', 'keras_mirrored'];
  let server: ServingProcess;
  let config: string;
  beforeAll(async () => {
    config = await mkdtemp(join(tmpdir(), 'tensorfleet-config-'));
    const path = join(config, 'models.config');
    await writeFile(path, configOf(models));
    server = await ServingProcess.start([`--model_config_file=${path}`], models);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(config, { recursive: true });
  });

  it('multiplies a scalar by two variables', async () => {
    expect(await predicted(server, 'times_six', fp32([], 2))).toEqual([12]);
  });

  it('has a signature of another name beside the default', async () => {
    const scalar = fp32([], 2);
    expect(await predicted(server, 'two_signatures', scalar, { signatureName: 'custom_signature_key' })).toEqual([2]);
    expect(await predicted(server, 'two_signatures', scalar)).toEqual([1]);
  });

  it.each(['keras_identity', 'keras_mirrored'])('runs the network %s', async (model) => {
    expect(await predicted(server, model, fp32([1, 1], 2))).toEqual([2]);
  });
});
