import {
  bytesField,
  encodeMessage,
  encodeModelInferResponse,
  encodeOipModelMetadata,
  encodeOipTruth,
  intField,
  messageField,
  RPC_PATHS,
  stringField,
} from '@tensorfleet/codecs';
import { Code, NO_DEADLINE, openCall, type StatusError } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { oipMethods } from '../../../../gpu-backend/src/listeners/grpc/grpc-oip.ts';
import { RequestMemory } from '../../../../gpu-backend/src/listeners/request-memory.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { serverOf } from '../../../fakes/served-models.ts';
import { fp32, named } from '../../../support/tensors.ts';
import { MODELS } from '../rest/rest-under-test.ts';

type Path = Extract<
  keyof typeof RPC_PATHS,
  'serverLive' | 'serverReady' | 'modelReady' | 'oipModelMetadata' | 'modelInfer'
>;

function underTest() {
  const { core, requests } = serverOf(MODELS);
  const memory = new RequestMemory(1_000).open();
  const call = (path: Path, message: Uint8Array = new Uint8Array(0)): Promise<Uint8Array> => {
    const { context } = openCall(new FakeClock(), 'r', NO_DEADLINE);
    const method = oipMethods(core).get(RPC_PATHS[path]);
    return method === undefined ? Promise.reject(new Error(`no method ${path}`)) : method(message, context, memory);
  };
  return { core, requests, call };
}

function modelRequest(name: string, version = ''): Uint8Array {
  return encodeMessage([stringField(1, name), stringField(2, version)]);
}

interface Infer {
  readonly model?: string;
  readonly version?: string;
  readonly input?: string;
  readonly datatype?: string;
  readonly output?: string;
}

function inferRequest({
  model = 'half_plus_two',
  version = '',
  input = 'x',
  datatype = 'FP32',
  output,
}: Infer = {}): Uint8Array {
  return encodeMessage([
    stringField(1, model),
    stringField(2, version),
    stringField(3, 'id 1'),
    messageField(5, [stringField(1, input), stringField(2, datatype), intField(3, 2)]),
    ...(output === undefined ? [] : [messageField(6, [stringField(1, output)])]),
    bytesField(7, new Uint8Array(Float32Array.of(2, 4).buffer)),
  ]);
}

describe('ModelInfer', () => {
  it.each<[string, Infer, string]>([
    ['the latest version', {}, '123'],
    ['the version that is asked for', { version: '2' }, '2'],
    ['the outputs that are asked for', { output: 'y' }, '123'],
  ])('answers with %s', async (_, request, modelVersion) => {
    const outputs = named({ y: fp32([2], 3, 4) });
    const expected = encodeModelInferResponse({ modelName: 'half_plus_two', modelVersion, id: 'id 1', outputs });
    expect(await underTest().call('modelInfer', inferRequest(request))).toEqual(expected);
  });

  it.each<[string, Infer, Code, string]>([
    ['an unknown model', { model: 'nope' }, Code.NotFound, 'Latest(nope)'],
    ['an unknown version', { version: '7' }, Code.NotFound, 'Specific(half_plus_two, 7)'],
    ['no model', { model: '' }, Code.InvalidArgument, 'ModelSpec has no name'],
    ['a version that is no number', { version: '+1' }, Code.InvalidArgument, "from specified version string '+1'"],
    [
      'a version beyond numbers',
      { version: '9223372036854775808' },
      Code.InvalidArgument,
      'should be an integral value',
    ],
    ['an unknown input', { input: 'z' }, Code.InvalidArgument, 'x'],
    ['an input of another datatype', { datatype: 'INT32' }, Code.InvalidArgument, 'dtype INT32'],
    ['an unknown output', { output: 'z' }, Code.InvalidArgument, 'not found in signature: z'],
    ['a model without the signature', { model: 'echo' }, Code.FailedPrecondition, 'no signature "serving_default"'],
  ])('refuses %s', async (_, request, code, message) => {
    await expect(underTest().call('modelInfer', inferRequest(request))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    } satisfies Partial<Record<keyof StatusError, unknown>>);
  });

  it('is counted under its own name', async () => {
    const { call, requests } = underTest();
    await call('modelInfer', inferRequest());
    expect(requests).toMatchObject([
      { model: 'half_plus_two', version: 123, api: 'ModelInfer', entrypoint: 'GRPC', code: 0 },
    ]);
  });
});

describe('the readiness of the Open Inference Protocol', () => {
  it.each<[Path, Uint8Array | undefined, boolean]>([
    ['serverLive', undefined, true],
    ['serverReady', undefined, false],
    ['modelReady', modelRequest('half_plus_two'), true],
    ['modelReady', modelRequest('half_plus_two', '2'), true],
    ['modelReady', modelRequest('half_plus_two', '1'), false],
    ['modelReady', modelRequest('half_plus_two', '99'), false],
    ['modelReady', modelRequest('broken'), false],
    ['modelReady', modelRequest('nope'), false],
  ])('%s %#', async (path, message, ready) => {
    expect(await underTest().call(path, message)).toEqual(encodeOipTruth(ready));
  });

  it('refuses a version that is no number', async () => {
    await expect(underTest().call('modelReady', modelRequest('echo', 'x'))).rejects.toMatchObject({
      code: Code.InvalidArgument,
    });
  });

  it('ends with draining', async () => {
    const { core, call } = underTest();
    core.drain();
    expect(await call('modelReady', modelRequest('half_plus_two'))).toEqual(encodeOipTruth(false));
  });
});

describe('ModelMetadata of the Open Inference Protocol', () => {
  it('names the versions that are available, the lowest first, and the inputs and outputs', async () => {
    const [model] = MODELS;
    const signature = model?.signatures[0];
    expect(await underTest().call('oipModelMetadata', modelRequest('half_plus_two'))).toEqual(
      encodeOipModelMetadata({
        name: 'half_plus_two',
        versions: ['2', '123'],
        platform: 'onnxruntime_onnx',
        inputs: signature?.inputs ?? new Map(),
        outputs: signature?.outputs ?? new Map(),
      }),
    );
  });

  it.each([
    ['nope', '', Code.NotFound],
    ['half_plus_two', '99', Code.NotFound],
    ['echo', '', Code.FailedPrecondition],
  ])('refuses %s %s', async (name, version, code) => {
    await expect(underTest().call('oipModelMetadata', modelRequest(name, version))).rejects.toMatchObject({ code });
  });
});
