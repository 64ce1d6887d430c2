import { type AnyTensor, type DType, internal, type Signature, tensor, unimplemented } from '@tensorfleet/core';
import type { TfjsDType, TfjsNode, TfjsTensor } from './tfjs-node.ts';

/** The dtypes that tfjs-node takes in, under the names it has for them. */
const INPUT: { readonly [D in DType]?: TfjsDType } = {
  BOOL: 'bool',
  UINT8: 'int32',
  INT32: 'int32',
  INT64: 'int32',
  FP32: 'float32',
  STRING: 'string',
};

/** Those that it gives out. */
const OUTPUT: ReadonlySet<DType> = new Set(['BOOL', 'INT32', 'INT64', 'FP32', 'STRING']);

const WAYS_OUT =
  'install TensorFlow (pip install tensorflow, TENSORFLOW_LIBRARY_PATH), which carries every dtype, ' +
  'or export a signature that casts it';

const MAX_INT32 = 2n ** 31n - 1n;

/** Throws UNIMPLEMENTED when tfjs-node cannot carry one of the tensors. */
export function refuseDTypes({ name, inputs, outputs }: Signature): void {
  for (const [input, { dtype }] of inputs) {
    if (INPUT[dtype] === undefined) {
      throw notCarried(`input "${input}" of signature "${name}" has dtype ${dtype}, which tfjs-node cannot take`);
    }
  }
  for (const [output, { dtype }] of outputs) {
    if (!OUTPUT.has(dtype)) {
      throw notCarried(`output "${output}" of signature "${name}" has dtype ${dtype}, which tfjs-node cannot give`);
    }
  }
}

function notCarried(what: string): Error {
  return unimplemented(`${what}: ${WAYS_OUT}`);
}

/** To be disposed by the caller. Throws UNIMPLEMENTED for INT64 values that would arrive as others. */
export function tensorToTfjs(tf: TfjsNode, input: AnyTensor, name: string): TfjsTensor {
  const { shape } = input;
  switch (input.dtype) {
    case 'STRING':
      return tf.tensor(input.data, shape, 'string');
    case 'BOOL':
      return tf.tensor(input.data, shape, 'bool');
    case 'FP32':
      return tf.tensor(input.data, shape, 'float32');
    case 'INT32':
      return tf.tensor(input.data, shape, 'int32');
    case 'UINT8':
      return tf.tensor(Int32Array.from(input.data), shape, 'int32');
    case 'INT64':
      return tf.tensor(int32Of(input.data, name), shape, 'int32');
    default:
      throw notCarried(`input "${name}" has dtype ${input.dtype}, which tfjs-node cannot take`);
  }
}

/** tfjs-node widens them again, but not their sign. */
function int32Of(data: BigInt64Array, name: string): Int32Array {
  const beyond = data.find((value) => value < 0n || value > MAX_INT32);
  if (beyond !== undefined) {
    throw notCarried(`input "${name}" has the INT64 value ${beyond}, tfjs-node takes 0 to ${MAX_INT32}`);
  }
  return Int32Array.from(data, Number);
}

/** A copy of `result`, which the signature says has this dtype. */
export async function tensorFromTfjs(result: TfjsTensor, dtype: DType, name: string): Promise<AnyTensor> {
  const { shape } = result;
  if (dtype === 'STRING') {
    return tensor(
      dtype,
      shape,
      (await result.bytes()).map((text) => Uint8Array.from(text)),
    );
  }
  const data = result.dataSync();
  switch (dtype) {
    case 'BOOL':
      return tensor(dtype, shape, ofClass(Uint8Array, data, name));
    case 'INT32':
      return tensor(dtype, shape, ofClass(Int32Array, data, name));
    case 'INT64':
      return tensor(dtype, shape, ofClass(BigInt64Array, data, name));
    case 'FP32':
      return tensor(dtype, shape, ofClass(Float32Array, data, name));
    default:
      throw notCarried(`output "${name}" has dtype ${dtype}, which tfjs-node cannot give`);
  }
}

function ofClass<T extends { slice(): T }>(
  wanted: abstract new (...parameters: never) => T,
  data: unknown,
  name: string,
): T {
  if (!(data instanceof wanted)) {
    throw internal(`output "${name}" came from tfjs-node in another array than its dtype has`);
  }
  return data.slice();
}
