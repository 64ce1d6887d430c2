import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesField, encodeMessage, messageField, stringElement } from '@tensorfleet/codecs';
import { Code, type ModelSpec, version } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import metadata from '../fixtures/serving/half_plus_two.metadata.json' with { type: 'json' };
import { ServingProcess, servingModel } from '../support/serving-process.ts';
import { fp32, named, valuesOf } from '../support/tensors.ts';

// The tests of TensorFlow Serving's tensorflow_model_server_test.py, which start the real server, in our words.

const VERSION = version(123);
const X = named({ x: fp32([1], 2) });

/** A tf.train.Example with x = 2. */
const EXAMPLE = encodeMessage([
  messageField(1, [
    messageField(1, [
      stringElement(1, 'x'),
      messageField(2, [messageField(2, [bytesField(1, new Uint8Array(Float32Array.of(2).buffer))])]),
    ]),
  ]),
]);
const EXAMPLES = { examples: [EXAMPLE] };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tensorfleet-gold-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function writeText(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

function single(model: string, ...flags: string[]): Promise<ServingProcess> {
  return ServingProcess.start([`--model_base_path=${servingModel(model)}`, ...flags]);
}

describe.each(['half_plus_two', 'half_plus_two_tf2'])('tensorflow_model_server_test over gRPC with %s', (model) => {
  let server: ServingProcess;
  beforeAll(async () => {
    server = await single(model);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('tells the one version that is available', async () => {
    expect(await server.grpc.status({ modelSpec: { name: 'default' } })).toEqual([
      { version: VERSION, state: 'AVAILABLE', errorCode: Code.Ok, errorMessage: '' },
    ]);
  });

  it('tells the signatures, and nothing that was not asked for', async () => {
    const request = { modelSpec: { name: 'default' }, metadataFields: ['signature_def'] };
    const { modelSpec, signatures, ...rest } = await server.grpc.metadata(request);
    expect(modelSpec).toEqual({ name: 'default', version: VERSION });
    expect([...(signatures?.keys() ?? [])]).toEqual(
      expect.arrayContaining(['serving_default', 'classify_x_to_y', 'regress_x_to_y']),
    );
    expect(rest).toEqual({});
  });

  it('classifies an example', async () => {
    const modelSpec = { name: 'default', signatureName: 'classify_x_to_y' };
    expect(await server.grpc.classify({ modelSpec, input: EXAMPLES })).toEqual({
      modelSpec: { ...modelSpec, version: VERSION },
      classifications: [[{ label: '', score: 3 }]],
    });
  });

  it('regresses an example', async () => {
    const modelSpec = { name: 'default', signatureName: 'regress_x_to_y' };
    expect(await server.grpc.regress({ modelSpec, input: EXAMPLES })).toEqual({
      modelSpec: { ...modelSpec, version: VERSION },
      regressions: [3],
    });
  });

  it('runs two tasks on one input', async () => {
    const spec = (verb: string): ModelSpec => ({ name: 'default', signatureName: `${verb}_x_to_y` });
    const tasks = ['regress', 'classify'].map((verb) => ({
      modelSpec: spec(verb),
      methodName: `tensorflow/serving/${verb}`,
    }));
    expect(await server.grpc.multiInference({ tasks, input: EXAMPLES })).toEqual([
      { modelSpec: { ...spec('regress'), version: VERSION }, regressions: [3] },
      { modelSpec: { ...spec('classify'), version: VERSION }, classifications: [[{ label: '', score: 3 }]] },
    ]);
  });

  it.each([[[]], [['y']]])('predicts with the output filter %j', async (outputFilter) => {
    const request = { modelSpec: { name: 'default' }, inputs: X, outputFilter };
    const { modelSpec, outputs } = await server.grpc.predict(request);
    expect(modelSpec).toEqual({ name: 'default', version: VERSION, signatureName: 'serving_default' });
    expect([...outputs.keys()]).toEqual(['y']);
    expect(outputs.get('y')?.dtype).toBe('FP32');
    expect(valuesOf(outputs, 'y')).toEqual([3]);
  });

  it('answers with typed values, as clients read them', async () => {
    const bytes = await server.grpc.predictBytes({ modelSpec: { name: 'default' }, inputs: X, outputFilter: [] });
    const floatVal = '2a0400004040'; // field 5, packed, of one float: 3
    expect(Buffer.from(bytes).toString('hex')).toContain(floatVal);
  });

  it('says that a model is missing in the words that upstream waits for', async () => {
    const request = { modelSpec: { name: 'intentionally_missing_model' }, inputs: X, outputFilter: [] };
    await expect(server.grpc.predict(request)).rejects.toMatchObject({
      code: Code.NotFound,
      details: expect.stringContaining('Servable not found for request: Latest(intentionally_missing_model)'),
    });
  });
});

describe('tensorflow_model_server_test over REST', () => {
  const url = '/v1/models/default';
  let server: ServingProcess;
  beforeAll(async () => {
    const path = await writeText('monitoring.config', 'prometheus_config { enable: true path: "/own/metrics" }');
    const channel = '--grpc_channel_arguments=grpc.max_connection_age_ms=2000,grpc.lb_policy_name=grpclb';
    const idle = ['--enable_profiler=false', '--mixed-precision=bfloat16', '--tensorflow_inter_op_parallelism', '4'];
    server = await single('half_plus_two', channel, `--monitoring_config_file=${path}`, ...idle);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  // As text: 2.0 is a float of an example, and 2 is not.
  it.each([
    ['classify', '{"signature_name": "classify_x_to_y", "examples": [{"x": 2.0}]}', { results: [[['', 3]]] }],
    ['regress', '{"signature_name": "regress_x_to_y", "examples": [{"x": 2.0}]}', { results: [3] }],
    ['predict', '{"instances": [2.0, 3.0, 4.0]}', { predictions: [3, 3.5, 4] }],
    ['predict', '{"inputs": [2.0, 3.0, 4.0]}', { outputs: [3, 3.5, 4] }],
  ])('answers :%s to %s', async (verb, body, expected) => {
    const text = await server.post(`${url}:${verb}`, body);
    expect(JSON.parse(text)).toEqual(expected);
    expect(text).toMatch(/3\.0\b/);
  });

  it('tells the status in these very bytes', async () => {
    expect(await server.get(url)).toBe(
      `{
 "model_version_status": [
  {
   "version": "123",
   "state": "AVAILABLE",
   "status": {
    "error_code": "OK",
    "error_message": ""
   }
  }
 ]
}
`,
    );
  });

  it("tells the signatures as protobuf's JSON has them", async () => {
    expect(JSON.parse(await server.get(`${url}/metadata`))).toEqual({
      model_spec: { name: 'default', signature_name: '', version: '123' },
      metadata: { signature_def: metadata },
    });
  });

  it.each(['/own/metrics', '/monitoring/prometheus/metrics'])('has metrics for Prometheus at %s', async (path) => {
    expect(await server.get(path)).toContain('# TYPE');
  });

  it('names the flags that have no effect here in one line', () => {
    const lines = server.program.output.split('\n').filter((line) => line.includes('accepted, without effect here'));
    expect(lines).toEqual([
      expect.stringContaining('"enable_profiler, mixed_precision, tensorflow_inter_op_parallelism: accepted, without'),
    ]);
  });

  it('accepts channel arguments of gRPC, those that mean nothing here too', async () => {
    const request = { modelSpec: { name: 'default' }, inputs: X, outputFilter: [] };
    expect(valuesOf((await server.grpc.predict(request)).outputs, 'y')).toEqual([3]);
  });
});

it('serves the model that the environment of the Docker image names', async () => {
  const environment = { MODEL_NAME: 'half_plus_three', MODEL_BASE_PATH: servingModel('') };
  await using server = await ServingProcess.start([], ['half_plus_three'], environment);
  const answer = await server.post('/v1/models/half_plus_three:predict', '{"instances": [2.0]}');
  expect(JSON.parse(answer)).toEqual({ predictions: [4] });
});

it('tensorflow_model_server_test predicts over a Unix socket', async () => {
  await using server = await single('half_plus_two', `--grpc_socket_path=${join(folder, 'grpc.sock')}`);
  const request = { modelSpec: { name: 'default' }, inputs: X, outputFilter: [] };
  expect(valuesOf((await server.grpc.predict(request)).outputs, 'y')).toEqual([3]);
});

it.each(['half_plus_two_tflite', 'half_plus_two_tflite_signature'])(
  'tensorflow_model_server_test predicts with the TFLite file of %s',
  async (model) => {
    await using server = await single(model, '--prefer_tflite_model=true');
    const request = { modelSpec: { name: 'default' }, inputs: named({ x: fp32([1, 1], 2) }), outputFilter: [] };
    const { modelSpec, outputs } = await server.grpc.predict(request);
    expect(modelSpec).toMatchObject({ name: 'default', version: VERSION });
    expect([...outputs.values()].map(({ data }) => [...data])).toEqual([[3]]);
  },
);
