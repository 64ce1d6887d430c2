import { once } from 'node:events';
import { type OutgoingHttpHeaders, request } from 'node:http';
import {
  type AnyTensor,
  type DType,
  type NamedTensors,
  type Signature,
  systemClock,
  tensor,
  unavailable,
} from '@tensorfleet/core';
import {
  createRestListener,
  type RestListenerOptions,
} from '../../../../gpu-backend/src/listeners/rest/rest-listener.ts';
import { createRestRoutes, type RestPolicy } from '../../../../gpu-backend/src/listeners/rest/rest-routes.ts';
import type { RequestFacts } from '../../../../gpu-backend/src/server/request-observer.ts';
import type { ServerCore } from '../../../../gpu-backend/src/server/server-core.ts';
import { type ServedModel, serverOf } from '../../../fakes/served-models.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { fp32, named, signature } from '../../../support/tensors.ts';

const DTYPES: readonly DType[] = [
  'FP32',
  'FP64',
  'FP16',
  'BF16',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'BOOL',
  'STRING',
];

function echoOf(dtype: DType): Signature {
  return { ...signature({ x: [dtype, null] }, { y: [dtype, null] }), name: dtype };
}

function half(x: AnyTensor | undefined): AnyTensor {
  const values = x?.dtype === 'FP32' ? x.data : new Float32Array(0);
  return tensor(
    'FP32',
    x?.shape ?? [],
    values.map((value) => value / 2 + 2),
  );
}

/** The float at the end of an example that has one feature of one float. */
function floatIn(example: Uint8Array): number {
  return new DataView(example.buffer, example.byteOffset + example.length - 4).getFloat32(0, true);
}

function halfOfExamples(inputs: AnyTensor | undefined): AnyTensor {
  const examples = inputs?.dtype === 'STRING' ? inputs.data : [];
  return half(fp32([examples.length, 1], ...examples.map(floatIn)));
}

const LINE_SIGNATURES: readonly Signature[] = [
  signature({ x: ['FP32', null] }, { y: ['FP32', null] }),
  {
    ...signature({ inputs: ['STRING', [null]] }, { outputs: ['FP32', [null, 1]] }),
    name: 'regress_x_to_y',
    methodName: 'tensorflow/serving/regress',
  },
  {
    ...signature({ inputs: ['STRING', [null]] }, { scores: ['FP32', [null, 1]] }),
    name: 'classify_x_to_y',
    methodName: 'tensorflow/serving/classify',
  },
];

function halfPlusTwo(signatureName: string, inputs: NamedTensors): NamedTensors {
  switch (signatureName) {
    case 'regress_x_to_y':
      return named({ outputs: halfOfExamples(inputs.get('inputs')) });
    case 'classify_x_to_y':
      return named({ scores: halfOfExamples(inputs.get('inputs')) });
    default:
      return named({ y: half(inputs.get('x')) });
  }
}

/** `half_plus_two`, `echo` with a signature per dtype, `sum` of two inputs, and `broken`, which has nothing to serve. */
export const MODELS: readonly ServedModel[] = [
  {
    name: 'half_plus_two',
    versions: { 1: 'end', 2: 'available', 123: 'available' },
    signatures: LINE_SIGNATURES,
    compute: halfPlusTwo,
  },
  {
    name: 'echo',
    versions: { 1: 'available' },
    signatures: DTYPES.map(echoOf),
    compute: (_, inputs) => new Map([...inputs].map(([, value]) => ['y', value])),
  },
  {
    name: 'pair',
    versions: { 1: 'available' },
    signatures: [
      signature({ a: ['FP32', null], __proto__x: ['FP32', null] }, { a: ['FP32', null], b: ['FP32', null] }),
    ],
    compute: (_, inputs) => new Map([...inputs].map(([, value], index) => [index === 0 ? 'a' : 'b', value])),
  },
  {
    name: 'broken',
    versions: { 1: 'end', 2: 'loading' },
    signatures: [],
    compute: (_, inputs) => inputs,
    error: unavailable('the file "model.onnx" is cut off'),
  },
];

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly text: string;
}

export interface RestUnderTest extends AsyncDisposable {
  readonly port: number;
  readonly core: ServerCore;
  readonly requests: readonly RequestFacts[];
  /** Sends the path as it is: nothing is decoded or resolved. */
  ask(method: string, path: string, body?: string | Uint8Array, headers?: OutgoingHttpHeaders): Promise<Answer>;
}

/** REST over `MODELS`, on a port of its own. */
export async function restUnderTest(
  policy: RestPolicy = {},
  options: Partial<RestListenerOptions> = {},
): Promise<RestUnderTest> {
  const { core, requests } = serverOf(MODELS);
  const handler = createRestRoutes(core, async () => ({ contentType: 'text/plain', text: 'metrics' }), policy);
  const listener = createRestListener({
    handler,
    clock: systemClock,
    log: silentLog(),
    maxBodyBytes: 1_000_000,
    ...options,
  });
  const port = await listener.listen(0, '127.0.0.1');
  return {
    port,
    core,
    requests,
    ask: (method, path, body, headers) => ask(port, method, path, body, headers),
    [Symbol.asyncDispose]: async () => {
      listener.destroy();
      await listener.close();
    },
  };
}

async function ask(
  port: number,
  method: string,
  path: string,
  body: string | Uint8Array = '',
  headers: OutgoingHttpHeaders = {},
): Promise<Answer> {
  const bytes = Buffer.from(body);
  const sent = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    agent: false,
    headers: { 'content-length': bytes.length, ...headers },
  });
  sent.end(bytes);
  const [response] = await once(sent, 'response');
  const chunks: Buffer[] = await response.toArray();
  const received = Buffer.concat(chunks);
  return { status: response.statusCode, headers: response.headers, body: received, text: received.toString() };
}
