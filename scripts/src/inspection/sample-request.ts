import type { InspectedSignature, InspectedTensor } from '@tensorfleet/gpu-backend';
import { concreteShape } from './concrete-shape.ts';

/** A request that fits a signature, as people would send it from a shell. */
export interface SampleRequest {
  /** The body; null where it would fill pages, then the command makes it. */
  readonly body: object | null;
  readonly command: string;
}

export interface SampleRequests {
  readonly rest: SampleRequest;
  readonly grpc: SampleRequest;
}

/** Bodies with more values are made by the command. */
const MAX_SHOWN_VALUES = 16;

const REST_PORT = 8501;
const GRPC_PORT = 8500;
const DEFAULT_SIGNATURE = 'serving_default';

/** An Example without features: what stands here must be replaced by a file or a message of one's own. */
const SOME_BYTES = 'CgA=';

/** A value in JSON, and where a TensorProto has it. */
interface SampleValue {
  readonly json: unknown;
  readonly field: string;
  /** In the JSON form of the protobuf message; the same as `json` where left out. */
  readonly proto?: unknown;
}

const INTEGER: SampleValue = { json: 1, field: 'intVal' };

const VALUES: ReadonlyMap<string, SampleValue> = new Map<string, SampleValue>([
  ['DT_FLOAT', { json: 0.5, field: 'floatVal' }],
  ['DT_DOUBLE', { json: 0.5, field: 'doubleVal' }],
  ['DT_HALF', { json: 0.5, field: 'halfVal', proto: 0x3800 }],
  ['DT_BFLOAT16', { json: 0.5, field: 'halfVal', proto: 0x3f00 }],
  ['DT_INT8', INTEGER],
  ['DT_UINT8', INTEGER],
  ['DT_INT16', INTEGER],
  ['DT_UINT16', INTEGER],
  ['DT_INT32', INTEGER],
  ['DT_INT64', { json: 1, field: 'int64Val', proto: '1' }],
  ['DT_UINT32', { json: 1, field: 'uint32Val' }],
  ['DT_UINT64', { json: 1, field: 'uint64Val', proto: '1' }],
  ['DT_BOOL', { json: true, field: 'boolVal' }],
  ['DT_STRING', { json: 'text', field: 'stringVal', proto: Buffer.from('text').toString('base64') }],
]);

const BYTES: SampleValue = { json: { b64: SOME_BYTES }, field: 'stringVal', proto: SOME_BYTES };

/** Undefined for a signature with dtypes that no request can carry. */
export function sampleRequests(model: string, signature: InspectedSignature): SampleRequests | undefined {
  const inputs = signature.inputs.map((input) => ({ input, value: sampleValueOf(input) }));
  return inputs.every(hasValue)
    ? { rest: restRequest(model, signature, inputs), grpc: grpcRequest(model, signature, inputs) }
    : undefined;
}

interface SampleInput {
  readonly input: InspectedTensor;
  readonly value: SampleValue;
}

function hasValue(sample: {
  readonly input: InspectedTensor;
  readonly value: SampleValue | undefined;
}): sample is SampleInput {
  return sample.value !== undefined;
}

function sampleValueOf({ dtype, holdsBytes }: InspectedTensor): SampleValue | undefined {
  return holdsBytes ? BYTES : VALUES.get(dtype);
}

/** Rows where all inputs and outputs have a free first dimension, as TensorFlow Serving wants it; else columns. */
function restRequest(model: string, signature: InspectedSignature, inputs: readonly SampleInput[]): SampleRequest {
  const name = signature.name === DEFAULT_SIGNATURE ? {} : { signature_name: signature.name };
  const isRow =
    inputs.length > 0 && [...signature.inputs, ...signature.outputs].every(({ shape }) => shape?.[0] === null);
  const tensors = inputs.map(({ input, value }): Nested => {
    const shape = concreteShape(input.shape, 1);
    return { name: input.name, shape: isRow ? shape.slice(1) : shape, value: value.json };
  });
  const url = `http://localhost:${REST_PORT}/v1/models/${encodeURIComponent(model)}:predict`;
  const count = tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  const only = tensors.length === 1 ? tensors[0] : undefined;
  if (count <= MAX_SHOWN_VALUES) {
    const values = Object.fromEntries(tensors.map((tensor) => [tensor.name, filled(tensor)]));
    const row = only === undefined ? values : filled(only);
    const body = { ...name, ...(isRow ? { instances: [row] } : { inputs: values }) };
    return { body, command: `curl ${url} -d ${quoted(JSON.stringify(body))}` };
  }
  const values = `{${tensors.map((tensor) => `${JSON.stringify(tensor.name)}:${fillingCode(tensor)}`).join(',')}}`;
  const payload = isRow ? `instances:[${only === undefined ? values : fillingCode(only)}]` : `inputs:${values}`;
  const prefix = 'signature_name' in name ? `signature_name:${JSON.stringify(name.signature_name)},` : '';
  const code = quoted(`JSON.stringify({${prefix}${payload}})`);
  return { body: null, command: `node -p ${code} | curl ${url} -d @-` };
}

interface Nested {
  readonly name: string;
  readonly shape: readonly number[];
  readonly value: unknown;
}

function filled({ shape, value }: Nested): unknown {
  return shape.reduceRight<unknown>((inner, size) => Array.from({ length: size }, () => inner), value);
}

/** JavaScript that makes the same. */
function fillingCode({ shape, value }: Nested): string {
  return shape.reduceRight<string>((inner, size) => `Array(${size}).fill(${inner})`, JSON.stringify(value));
}

/** A TensorProto with one value has it in all its elements, which keeps large tensors short. */
function grpcRequest(model: string, { name }: InspectedSignature, inputs: readonly SampleInput[]): SampleRequest {
  const body = {
    modelSpec: { name: model, signatureName: name },
    inputs: Object.fromEntries(
      inputs.map(({ input, value: { field, json, proto = json } }) => [
        input.name,
        {
          dtype: input.dtype,
          tensorShape: { dim: concreteShape(input.shape, 1).map((size) => ({ size: String(size) })) },
          [field]: [proto],
        },
      ]),
    ),
  };
  const protos = '-import-path serving -proto tensorflow_serving/apis/prediction_service.proto';
  const method = `localhost:${GRPC_PORT} tensorflow.serving.PredictionService/Predict`;
  return { body, command: `grpcurl -plaintext ${protos} -d ${quoted(JSON.stringify(body))} ${method}` };
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
