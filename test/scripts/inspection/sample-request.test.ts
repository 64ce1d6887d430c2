import { execFileSync } from 'node:child_process';
import { decodePredictRequest, parsePredictBody, predictInputsFromJson } from '@tensorfleet/codecs';
import { type AnyTensor, type DType, validateInputs } from '@tensorfleet/core';
import type { InspectedSignature, InspectedTensor } from '@tensorfleet/gpu-backend';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { sampleRequests } from '../../../scripts/src/inspection/sample-request.ts';
import { signature as signatureOf } from '../../support/tensors.ts';

type Shape = readonly (number | null)[];

function input(name: string, dtype: string, shape: Shape | null, holdsBytes = false): InspectedTensor {
  return { name, dtype, shape, tensor: null, default: null, holdsBytes };
}

function inspected(
  inputs: readonly InspectedTensor[],
  outputShape: Shape = [null],
  name = 'serving_default',
): InspectedSignature {
  return { name, methodName: '', inputs, outputs: [input('y', 'DT_FLOAT', outputShape)], stages: [] };
}

const DTYPES: readonly (readonly [string, DType, unknown])[] = [
  ['DT_FLOAT', 'FP32', 0.5],
  ['DT_DOUBLE', 'FP64', 0.5],
  ['DT_HALF', 'FP16', 0.5],
  ['DT_BFLOAT16', 'BF16', 0x3f00],
  ['DT_INT8', 'INT8', 1],
  ['DT_UINT8', 'UINT8', 1],
  ['DT_INT16', 'INT16', 1],
  ['DT_UINT16', 'UINT16', 1],
  ['DT_INT32', 'INT32', 1],
  ['DT_UINT32', 'UINT32', 1],
  ['DT_INT64', 'INT64', 1n],
  ['DT_UINT64', 'UINT64', 1n],
  ['DT_BOOL', 'BOOL', 1],
];

const PROTO = protobuf
  .parse(`
syntax = "proto3";
enum DataType { DT_INVALID = 0; DT_FLOAT = 1; DT_DOUBLE = 2; DT_INT32 = 3; DT_UINT8 = 4; DT_INT16 = 5; DT_INT8 = 6;
  DT_STRING = 7; DT_INT64 = 9; DT_BOOL = 10; DT_BFLOAT16 = 14; DT_UINT16 = 17; DT_HALF = 19; DT_UINT32 = 22; DT_UINT64 = 23; }
message ModelSpec { string name = 1; string signature_name = 3; }
message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; }
message TensorProto { DataType dtype = 1; TensorShapeProto tensor_shape = 2; repeated float float_val = 5;
  repeated double double_val = 6; repeated int32 int_val = 7; repeated bytes string_val = 8; repeated int64 int64_val = 10;
  repeated bool bool_val = 11; repeated int32 half_val = 13; repeated uint32 uint32_val = 16; repeated uint64 uint64_val = 17; }
message PredictRequest { ModelSpec model_spec = 1; map<string, TensorProto> inputs = 2; }
`)
  .root.lookupType('PredictRequest');

/** The tensors of a request as grpcurl would send it. */
function grpcInputs(body: object | null) {
  const message = PROTO.fromObject(body ?? {});
  expect(message.toJSON()).toEqual(body); // nothing was left out: every field is one of the protocol's
  return decodePredictRequest(PROTO.encode(message).finish());
}

function valuesOf(tensor: AnyTensor | undefined): unknown[] {
  return Array.from<unknown>(tensor?.data ?? []);
}

describe('sampleRequests', () => {
  it.each(DTYPES)('fits an input of %s', (name, dtype, value) => {
    const requests = sampleRequests('m', inspected([input('x', name, [null, 3])]));
    const signature = signatureOf({ x: [dtype, [null, 3]] }, {});
    const body = new TextEncoder().encode(JSON.stringify(requests?.rest.body));
    const rest = predictInputsFromJson(parsePredictBody(body), signature).inputs;
    const grpc = grpcInputs(requests?.grpc.body ?? null).inputs;
    for (const inputs of [rest, grpc]) {
      validateInputs(signature, inputs);
      expect(valuesOf(inputs.get('x'))).toEqual([value, value, value]);
    }
  });

  it('sends text as text, files and messages as base64', () => {
    const text = sampleRequests('m', inspected([input('x', 'DT_STRING', [null])]));
    expect(text?.rest.body).toEqual({ instances: ['text'] });
    const bytes = sampleRequests('m', inspected([input('x', 'DT_STRING', [null], true)]));
    expect(bytes?.rest.body).toEqual({ instances: [{ b64: 'CgA=' }] });
    const sent = valuesOf(grpcInputs(text?.grpc.body ?? null).inputs.get('x')) as Uint8Array[];
    expect(sent.map((one) => new TextDecoder().decode(one))).toEqual(['text']);
  });

  it.each([
    ['one input', [input('x', 'DT_FLOAT', [null])], [null], { instances: [0.5] }],
    [
      'two inputs',
      [input('a', 'DT_FLOAT', [null]), input('b', 'DT_INT32', [null, 2])],
      [null],
      { instances: [{ a: 0.5, b: [1, 1] }] },
    ],
    ['an output without rows', [input('x', 'DT_FLOAT', [null])], [], { inputs: { x: [0.5] } }],
    ['a scalar', [input('x', 'DT_FLOAT', [])], [null], { inputs: { x: 0.5 } }],
    ['a fixed batch', [input('x', 'DT_FLOAT', [2])], [2], { inputs: { x: [0.5, 0.5] } }],
    ['any rank', [input('x', 'DT_FLOAT', null)], [null], { inputs: { x: [0.5] } }],
    ['no input', [], [], { inputs: {} }],
  ])('uses rows only where all tensors have them: %s', (_, inputs, outputShape, body) => {
    expect(sampleRequests('m', inspected(inputs, outputShape))?.rest.body).toEqual(body);
  });

  it('names any signature but the default one', () => {
    const requests = sampleRequests('m', inspected([input('x', 'DT_FLOAT', [null])], [null], 'embed'));
    expect(requests?.rest.body).toEqual({ signature_name: 'embed', instances: [0.5] });
    expect(requests?.grpc.body).toMatchObject({ modelSpec: { name: 'm', signatureName: 'embed' } });
  });

  it('makes large bodies by a command that a shell runs as it is', () => {
    const picture = inspected(
      [input("it's", 'DT_FLOAT', [null, null, null, 3]), input('n', 'DT_INT32', [null])],
      [null],
      'a b',
    );
    const { rest } = sampleRequests('my model', picture) ?? {};
    expect(rest?.body).toBe(null);
    const [made = ''] = rest?.command.split(' | ') ?? [];
    const body = JSON.parse(
      execFileSync('sh', ['-c', made.replace(/^node/, `"${process.execPath}"`)], { encoding: 'utf8' }),
    );
    expect(body.signature_name).toBe('a b');
    expect(body.instances[0].n).toBe(1);
    expect(body.instances[0]["it's"].flat(2)).toHaveLength(64 * 64 * 3);
    expect(rest?.command).toContain('/v1/models/my%20model:predict');
  });

  it('has nothing for dtypes that requests cannot carry', () => {
    expect(sampleRequests('m', inspected([input('x', 'DT_COMPLEX64', [null])]))).toBe(undefined);
  });
});
