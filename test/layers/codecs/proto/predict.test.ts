import { Code, type NamedTensors, tensor, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  decodePredictRequest,
  decodePredictResponse,
  encodeGrpcFrame,
  encodePredictRequest,
  encodePredictResponse,
} from '../../../../layers/codecs/src/index.ts';
import {
  bytesField,
  encodeMessage,
  type Field,
  intField,
  mapEntry,
  messageField,
  stringElement,
} from '../../../../layers/codecs/src/proto/fields.ts';
import { tensorFields } from '../../../../layers/codecs/src/proto/tensor-proto-encode.ts';
import { shapeField } from '../../../../layers/codecs/src/proto/tensor-shape-proto.ts';
import { thrownBy } from '../thrown-by.ts';

const inputs: NamedTensors = new Map([['x', tensor('INT32', [2], Int32Array.of(1, 2))]]);
const floats = (...shape: readonly number[]): readonly Field[] => [intField(1, 1), shapeField(2, shape)];

describe('stringElement', () => {
  it.each([
    ['empty', ''],
    ['ASCII', 'serving_default'],
    ['not ASCII', 'größe'],
    ['not ASCII at its end', 'taille²'],
    ['beyond the first plane', '😀'],
    ['with a lone surrogate', 'a\ud800b'],
    ['the longest that is looped over', 'x'.repeat(64)],
    ['longer', 'x'.repeat(65)],
  ])('writes a text that is %s as UTF-8', (_name, text) => {
    expect(encodeMessage([stringElement(1, text)])).toEqual(
      encodeMessage([bytesField(1, new TextEncoder().encode(text))]),
    );
  });
});

describe('decodePredictRequest', () => {
  it.each([
    ['an unsupported dtype', [intField(1, 8)], Code.Unimplemented, 'dtype DT_COMPLEX64 is not supported'],
    ['an unknown dimension', floats(-1), Code.InvalidArgument, 'TensorProto tensor_shape [-1] has the dimension -1'],
    ['broken bytes', [bytesField(2, Uint8Array.of(0x80))], Code.InvalidArgument, 'the varint is cut off'],
    ['no value', [], Code.InvalidArgument, 'dtype 0 (DT_INVALID)'],
  ])('says "tensor parsing error" and the alias for an input with %s', (_name, fields, code, reason) => {
    const error = thrownBy(() => decodePredictRequest(encodeMessage([mapEntry(2, 'x', fields)])));

    expect(error).toMatchObject({ code, details: { tensor: 'x' } });
    expect(error.message).toMatch(/^tensor parsing error: x: /);
    expect(error.message).toContain(reason);
  });

  it('lets the tensors of one message share maxTensorBytes', () => {
    const bytes = encodeMessage([mapEntry(2, 'a', floats(20)), mapEntry(2, 'b', floats(6))]);

    expect(decodePredictRequest(bytes, { maxTensorBytes: 104 }).inputs.size).toBe(2);
    expect(thrownBy(() => decodePredictRequest(bytes, { maxTensorBytes: 103 })).message).toBe(
      'tensor parsing error: b: a tensor of FP32 with shape [6] needs 24 bytes; ' +
        'the values of one message may need 103 bytes, 23 of them are left',
    );
  });

  it('refuses more tensors than any model has inputs, also under one name', () => {
    const inputs = (count: number): Uint8Array =>
      encodeMessage(Array.from({ length: count }, () => mapEntry(2, 'a', floats(1))));

    expect(decodePredictRequest(inputs(16_384)).inputs.size).toBe(1);
    expect(thrownBy(() => decodePredictRequest(inputs(16_385)))).toMatchObject({
      code: Code.InvalidArgument,
      message: 'the message has more than 16384 tensors',
    });
  });

  it('takes names that objects have as inputs', () => {
    const bytes = encodePredictRequest({
      modelSpec: { name: 'constructor' },
      inputs: new Map([['__proto__', tensor('INT8', [], Int8Array.of(1))]]),
      outputFilter: ['toString'],
    });

    expect([...decodePredictRequest(bytes).inputs.keys()]).toEqual(['__proto__']);
  });

  it('merges a tensor that its map entry holds in pieces', () => {
    const pieces = [floats(), [bytesField(5, new Uint8Array(Float32Array.of(7).buffer))]];
    const entry = messageField(2, [stringElement(1, 'x'), ...pieces.map((piece) => messageField(2, piece))]);

    expect(decodePredictRequest(encodeMessage([entry])).inputs.get('x')?.data).toEqual(Float32Array.of(7));
  });

  it('refuses a model_spec in more pieces than any encoder writes', () => {
    const pieces = new Array<Field>(17).fill(messageField(1, []));

    expect(() => decodePredictRequest(encodeMessage(pieces))).toThrow('split into more than 16 pieces');
  });

  it('refuses an input name that is not UTF-8', () => {
    const entry = messageField(2, [bytesField(1, Uint8Array.of(0xff)), messageField(2, floats())]);

    expect(thrownBy(() => decodePredictRequest(encodeMessage([entry])))).toMatchObject({
      code: Code.InvalidArgument,
      message: 'TensorProto entry field 1 at byte 5: the 1 bytes of the string are not UTF-8',
    });
  });
});

describe('ModelSpec', () => {
  const spec = (...fields: readonly Field[]): Uint8Array => encodeMessage([messageField(1, fields)]);
  const wrapped = (value: number): Field => messageField(2, [intField(1, value)]);

  it('takes a version wrapper without a value for version 0', () => {
    expect(decodePredictRequest(spec(messageField(2, []))).modelSpec).toEqual({ name: '', version: 0 });
  });

  it('is undefined without a model_spec and has no name in an empty one', () => {
    expect(decodePredictRequest(new Uint8Array(0)).modelSpec).toBeUndefined();
    expect(decodePredictRequest(spec()).modelSpec).toEqual({ name: '' });
  });

  it.each([
    ['a version and a label', spec(wrapped(0), stringElement(4, 'stable')), 'a version and the version label "stable"'],
    ['a version and an empty label', spec(wrapped(1), stringElement(4, '')), 'a version and the version label ""'],
    ['a negative version', spec(wrapped(-1)), 'version -1 is not an integer from 0'],
    ['2^53', spec(messageField(2, [bytesField(1, new Uint8Array(0)), intField(1, 2 ** 53)])), 'outside -(2^53 - 1)'],
  ])('refuses %s', (_name, bytes, reason) => {
    expect(thrownBy(() => decodePredictRequest(bytes))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(reason),
    });
  });
});

describe('encodePredictResponse', () => {
  const response = { modelSpec: { name: 'm', version: version(1) }, outputs: inputs };

  it('writes *_val fields unless it is told otherwise, requests tensor_content', () => {
    const typed = [...tensorFields(tensor('INT32', [2], Int32Array.of(1, 2)), 'typed')];
    const packed = [...tensorFields(tensor('INT32', [2], Int32Array.of(1, 2)), 'packed')];

    expect(encodePredictResponse({ ...response, modelSpec: { name: '' } })).toEqual(
      encodeMessage([mapEntry(1, 'x', typed), messageField(2, [])]),
    );
    expect(encodePredictRequest({ modelSpec: undefined, inputs, outputFilter: [] })).toEqual(
      encodeMessage([mapEntry(2, 'x', packed)]),
    );
  });

  it('puts the gRPC header before the message in the same buffer when framed', () => {
    const framed = encodePredictResponse(response, { framed: true });

    expect(framed).toEqual(encodeGrpcFrame(encodePredictResponse(response)));
    expect(framed.buffer.byteLength).toBe(framed.length);
  });

  it('is read back', () => {
    expect(decodePredictResponse(encodePredictResponse(response))).toEqual(response);
  });
});
