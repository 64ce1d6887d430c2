import { createFleetClient, type FleetClient } from '@tensorfleet/client';
import { type AnyTensor, Code, type ModelSpec, type StatusError, tensor, version } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryRepository } from '../support/model-repository.ts';
import { fp32, int64, named, valuesOf } from '../support/tensors.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

const MAX_MEGABYTES = 1;

let repository: TemporaryRepository;
let running: RunningServer;
let fleet: FleetClient;

beforeAll(async () => {
  repository = await TemporaryRepository.create();
  await repository.addFixture('half_plus_two');
  await repository.addFixture('identity_fp32');
  await repository.addFixture('countdown');
  await repository.addFixture('truncated', 'broken');
  running = await useServer(repository.root, { max_message_megabytes: MAX_MEGABYTES, max_num_load_retries: 0 });
  fleet = createFleetClient({ target: running.grpc });
});

afterAll(async () => {
  await fleet.close();
  await running[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
});

const ONE = { x: fp32([1], 1) };

/** After every refusal the next request is answered, on both protocols. */
async function expectAlive(): Promise<void> {
  const { outputs } = await fleet.predict({ name: 'half_plus_two' }, named({ x: fp32([1], 2) }));
  expect(valuesOf(outputs, 'y')).toEqual([3]);
  const response = await post('/v1/models/half_plus_two:predict', '{"instances": [2]}');
  expect(await response.json()).toEqual({ predictions: [3] });
}

function post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(running.rest + path, { method: 'POST', body, headers });
}

async function errorOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as { readonly error: string };
  return error;
}

interface GrpcRow {
  readonly name: string;
  readonly spec: ModelSpec;
  readonly inputs?: Readonly<Record<string, AnyTensor>>;
  readonly timeoutMs?: number;
  readonly code: Code;
  readonly text: string;
}

describe('over gRPC', () => {
  it.each<GrpcRow>([
    {
      name: 'an unknown model',
      spec: { name: 'nope' },
      code: Code.NotFound,
      text: 'Servable not found for request: Latest(nope)',
    },
    {
      name: 'an unknown version',
      spec: { name: 'half_plus_two', version: version(9) },
      code: Code.NotFound,
      text: 'Servable not found for request: Specific(half_plus_two, 9)',
    },
    {
      name: 'an unknown label',
      spec: { name: 'half_plus_two', versionLabel: 'canary' },
      code: Code.InvalidArgument,
      text: 'Unrecognized servable version label: canary',
    },
    { name: 'no name', spec: { name: '' }, code: Code.InvalidArgument, text: 'ModelSpec has no name specified.' },
    {
      name: 'a model that did not load',
      spec: { name: 'broken' },
      code: Code.NotFound,
      text: 'Servable not found for request: Latest(broken)',
    },
    {
      name: 'an unknown signature',
      spec: { name: 'half_plus_two', signatureName: 'nope' },
      code: Code.FailedPrecondition,
      text: 'Serving signature key "nope" not found.',
    },
    {
      name: 'a missing input',
      spec: { name: 'half_plus_two' },
      inputs: {},
      code: Code.InvalidArgument,
      text: 'Missing but required: {x}',
    },
    {
      name: 'an extra input',
      spec: { name: 'half_plus_two' },
      inputs: { ...ONE, z: fp32([1], 1) },
      code: Code.InvalidArgument,
      text: 'Sent extra: {z}',
    },
    {
      name: 'a wrong dtype',
      spec: { name: 'half_plus_two' },
      inputs: { x: int64([1], 1n) },
      code: Code.InvalidArgument,
      text: 'input "x" has dtype INT64, signature "serving_default" wants FP32',
    },
    {
      name: 'a wrong shape',
      spec: { name: 'half_plus_two' },
      inputs: { x: fp32([1, 1], 1) },
      code: Code.InvalidArgument,
      text: 'input "x" has shape [1,1], signature "serving_default" wants [?]',
    },
    {
      name: 'a message over the limit',
      spec: { name: 'identity_fp32' },
      inputs: { x: tensor('FP32', [1, 300_000], new Float32Array(300_000)) },
      code: Code.ResourceExhausted,
      text: String(MAX_MEGABYTES * 2 ** 20),
    },
    {
      name: 'a deadline that is too short',
      spec: { name: 'countdown' },
      inputs: { steps: int64([1], 400_000n) },
      timeoutMs: 30,
      code: Code.DeadlineExceeded,
      text: '',
    },
  ])('$name is refused in words', async ({ spec, inputs = ONE, timeoutMs, code, text }) => {
    const answer = fleet.predict(spec, named(inputs), timeoutMs === undefined ? {} : { timeoutMs });
    const error: StatusError = await answer.then(
      () => expect.fail('the request was answered'),
      (reason) => reason,
    );
    expect(error).toMatchObject({ code, message: expect.stringContaining(text) });
    await expectAlive();
  });
});

describe('over REST', () => {
  const PREDICT = '/v1/models/half_plus_two:predict';
  it.each([
    ['an unknown model', '/v1/models/nope:predict', '{"instances": [1]}', 404, 'Latest(nope)'],
    [
      'an unknown version',
      '/v1/models/half_plus_two/versions/9:predict',
      '{"instances": [1]}',
      404,
      'Specific(half_plus_two, 9)',
    ],
    ['an unknown label', '/v1/models/half_plus_two/labels/l:predict', '{"instances": [1]}', 400, 'version label: l'],
    [
      'a version beyond 2^63',
      '/v1/models/m/versions/99999999999999999999:predict',
      '{}',
      400,
      'Failed to convert version',
    ],
    [
      'an unknown signature',
      PREDICT,
      '{"signature_name": "s", "instances": [1]}',
      400,
      'signature name: "s" not found',
    ],
    ['a missing input', PREDICT, '{"inputs": {"z": 1}}', 400, "Missing named input: x in 'inputs' object."],
    ['an extra input', PREDICT, '{"instances": [{"x": 1, "z": 1}]}', 400, 'does not have named input: z'],
    ['a wrong type', PREDICT, '{"instances": ["a"]}', 400, 'is not of expected type: float'],
    ['a wrong shape', PREDICT, '{"instances": [[1, 2]]}', 400, 'has shape [1,2]'],
    ['an empty body', PREDICT, '', 400, 'JSON Parse error: The document is empty'],
    ['a truncated body', PREDICT, '{"instances": [1', 400, 'JSON Parse error'],
    ['an unknown path', '/v1/foo', '{}', 400, 'Malformed request: POST /v1/foo'],
    ['a path outside the API', '/foo', '{}', 404, 'no such path: POST /foo'],
    ['no examples', '/v1/models/half_plus_two:classify', '{}', 400, "key 'examples' is expected and was not found"],
  ])('%s is refused in words', async (_name, path, body, status, text) => {
    const response = await post(path, body);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect({ status: response.status, body: await response.json() }).toEqual({
      status,
      body: { error: expect.stringContaining(text) },
    });
    await expectAlive();
  });

  it('a body over the limit is refused with 413', async () => {
    const response = await post(PREDICT, ' '.repeat(MAX_MEGABYTES * 2 ** 20 + 1));
    expect(response.status).toBe(413);
    expect(await errorOf(response)).toContain(`the limit is ${MAX_MEGABYTES * 2 ** 20}`);
    await expectAlive();
  });

  it('a deadline in the past is exceeded', async () => {
    const response = await post(PREDICT, '{"instances": [1]}', { 'x-request-timeout-ms': '-1' });
    expect(response.status).toBe(504);
    expect(await errorOf(response)).toContain('deadline');
    await expectAlive();
  });

  it('a broken gzip body is named', async () => {
    const response = await post(PREDICT, 'no gzip', { 'content-encoding': 'gzip' });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toContain('not valid gzip');
  });

  it('shows a model that did not load with its reason', async () => {
    const response = await fetch(`${running.rest}/v1/models/broken`);
    expect(await response.json()).toMatchObject({
      model_version_status: [
        {
          version: '1',
          state: 'END',
          status: { error_code: 'INVALID_ARGUMENT', error_message: expect.stringContaining('model.onnx') },
        },
      ],
    });
    const ready = await fetch(`${running.rest}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ waitingFor: ['broken'] });
  });
});
