import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { decodeGetModelMetadataResponse, encodeGetModelMetadataResponse } from '../../../../layers/codecs/src/index.ts';
import { anyFields } from '../../../../layers/codecs/src/proto/any-proto.ts';
import {
  encodeMessage,
  type Field,
  intField,
  mapEntry,
  messageField,
  stringField,
} from '../../../../layers/codecs/src/proto/fields.ts';
import { thrownBy } from '../thrown-by.ts';

const SIGNATURE_DEF_MAP = 'tensorflow.serving.SignatureDefMap';

/** A response whose only signature, `s`, has the one input `x`. */
function responseWithInput(...tensorInfo: readonly Field[]): Uint8Array {
  const signatures = [mapEntry(1, 's', [mapEntry(1, 'x', tensorInfo)])];
  return encodeMessage([mapEntry(2, 'signature_def', anyFields(SIGNATURE_DEF_MAP, signatures))]);
}

describe('decodeGetModelMetadataResponse', () => {
  it("reads what is our own, beside what is TensorFlow's", () => {
    const response = { modelSpec: { name: 'm' }, signatures: new Map(), pipeline: '{"a":1}', engine: '{"b":2}' };
    expect(decodeGetModelMetadataResponse(encodeGetModelMetadataResponse(response))).toEqual(response);
  });

  it('skips metadata that it does not know', () => {
    const bytes = encodeMessage([mapEntry(2, 'other', anyFields('a.B', [])), mapEntry(2, '__proto__', [])]);

    expect(decodeGetModelMetadataResponse(bytes)).toEqual({ modelSpec: { name: '' } });
  });

  it('refuses metadata of another type under a known name', () => {
    const bytes = encodeMessage([mapEntry(2, 'signature_def', anyFields('google.protobuf.StringValue', []))]);

    expect(thrownBy(() => decodeGetModelMetadataResponse(bytes))).toMatchObject({
      code: Code.InvalidArgument,
      message:
        'Any holds the type "type.googleapis.com/google.protobuf.StringValue", tensorflow.serving.SignatureDefMap is wanted',
    });
  });

  it('accepts the type under any URL', () => {
    const any = [stringField(1, `example.com/types/${SIGNATURE_DEF_MAP}`)];
    const bytes = encodeMessage([mapEntry(2, 'signature_def', any)]);

    expect(decodeGetModelMetadataResponse(bytes).signatures).toEqual(new Map());
  });

  it.each([
    ['a sparse tensor', [messageField(4, [])], Code.Unimplemented, 'only dense tensors are supported'],
    ['a composite tensor', [messageField(5, [])], Code.Unimplemented, 'only dense tensors are supported'],
    ['a complex tensor', [intField(2, 8)], Code.Unimplemented, 'dtype DT_COMPLEX64 is not supported'],
    ['a reference to one', [intField(2, 108)], Code.Unimplemented, 'dtype DT_COMPLEX64_REF is not supported'],
    ['a tensor without a dtype', [], Code.InvalidArgument, 'dtype 0 (DT_INVALID)'],
  ])('names the signature and the alias of %s', (_name, fields, code, reason) => {
    const error = thrownBy(() => decodeGetModelMetadataResponse(responseWithInput(...fields)));

    expect(error.code).toBe(code);
    expect(error.message).toContain(`tensor "x" of signature "s": ${reason}`);
  });
});
