import {
  bytesField,
  encodeMessage,
  encodeTensorProto,
  type Field,
  intField,
  messageField,
  stringElement,
} from '@tensorfleet/codecs';
import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { metaGraphOf } from '../../../../gpu-backend/src/engine/savedmodel/meta-graph.ts';
import { decodeMessage } from '../../../../gpu-backend/src/engine/savedmodel/proto/message-decoder.ts';
import { bindSignatures } from '../../../../gpu-backend/src/engine/tensorflow/signature-binding.ts';
import { fp32 } from '../../../support/tensors.ts';

const FLOAT = 1;
const COMPLEX = 8;
const FLOAT_REF = 101;

const entry = (field: number, key: string, value: readonly Field[]): Field =>
  messageField(field, [stringElement(1, key), messageField(2, value)]);
const shape = (...sizes: number[]): Field =>
  messageField(
    3,
    sizes.map((size) => messageField(2, [intField(1, size)])),
  );
const info = (field: number, key: string, tensor: string, dtype: number, ...more: Field[]): Field =>
  entry(field, key, [stringElement(1, tensor), intField(2, dtype), ...more]);
const bindingsOf = (...signatures: Field[]) =>
  bindSignatures(metaGraphOf(decodeMessage(encodeMessage(signatures), 'MetaGraphDef'), 'model').signatures);

describe('bindSignatures', () => {
  it('reads names, places, dtypes, shapes, the method and defaults', () => {
    const fallback = fp32([1], 2.5);
    const binding = bindingsOf(
      entry(5, 'score', [
        info(1, 'in', 'scope/x:0', FLOAT, shape(-1, 3)),
        info(1, 'any', 'any:0', FLOAT_REF, messageField(3, [intField(3, 1)])),
        info(2, 'out', 'call:2', FLOAT, shape()),
        stringElement(3, 'tensorflow/serving/classify'),
        messageField(4, [stringElement(1, 'any'), bytesField(2, encodeTensorProto(fallback))]),
      ]),
    ).get('score');
    expect(binding).toEqual({
      signature: {
        name: 'score',
        methodName: 'tensorflow/serving/classify',
        inputs: new Map([
          ['in', { name: 'scope/x', dtype: 'FP32', shape: [null, 3] }],
          ['any', { name: 'any', dtype: 'FP32', shape: null }],
        ]),
        outputs: new Map([['out', { name: 'call:2', dtype: 'FP32', shape: [] }]]),
        defaults: new Map([['any', fallback]]),
        takesAnyShape: true,
      },
      inputs: new Map([
        ['in', { operation: 'scope/x', output: 0 }],
        ['any', { operation: 'any', output: 0 }],
      ]),
      outputs: new Map([['out', { operation: 'call', output: 2 }]]),
    });
  });

  it("leaves out the exporter's own signatures, and those whose tensors cannot be held here", () => {
    const bindings = bindingsOf(
      entry(5, '__saved_model_init_op', [info(2, '__saved_model_init_op', 'NoOp', 0)]),
      entry(5, 'complex', [info(1, 'x', 'x:0', COMPLEX)]),
      entry(5, 'sparse', [info(1, 'x', '', FLOAT, messageField(4, []))]),
      entry(5, 'plain', [info(1, 'x', 'x:0', FLOAT), stringElement(3, '')]),
    );
    expect([...bindings.keys()]).toEqual(['plain']);
    expect(bindings.get('plain')?.signature.methodName).toBe('tensorflow/serving/predict');
  });

  it.each([
    ['none', [], 'no signature of the model can be served: it has none'],
    ['a complex one', [entry(5, 's', [info(1, 'x', 'x:0', COMPLEX)])], 'can be served: "s": dtype DT_COMPLEX64 is not'],
  ] as const)('refuses a model with %s', (_name, signatures, message) => {
    expect(() => bindingsOf(...signatures)).toThrow(
      expect.objectContaining({ code: Code.Unimplemented, message: expect.stringContaining(message) }),
    );
  });
});
