import { type AnyTensor, type DType, internal, invalidArgument, tensor, unimplemented } from '@tensorfleet/core';

/** The dtypes that TensorFlow.js computes in. */
export type TfjsDType = 'float32' | 'int32' | 'bool' | 'string';

/** The values of a tensor in TensorFlow.js' own form. */
export type TfjsValues = Float32Array | Int32Array | Uint8Array | readonly Uint8Array[];

const TFJS_DTYPE: { readonly [D in DType]?: TfjsDType } = {
  FP32: 'float32',
  INT32: 'int32',
  INT64: 'int32',
  UINT8: 'int32',
  INT8: 'int32',
  BOOL: 'bool',
  STRING: 'string',
};

const DTYPE_OF_TFJS: ReadonlyMap<string, DType> = new Map([
  ['float32', 'FP32'],
  ['int32', 'INT32'],
  ['bool', 'BOOL'],
  ['string', 'STRING'],
]);

/**
 * What holds a tensor of `dtype`. INT64 and the small integers are int32 there and are checked at the border;
 * FP16 and FP64 would be rounded, so they are refused with UNIMPLEMENTED that names `name`.
 */
export function tfjsDType(dtype: DType, name: string): TfjsDType {
  const found = TFJS_DTYPE[dtype];
  if (found === undefined) {
    throw unimplemented(`"${name}" has dtype ${dtype}, which TensorFlow.js does not compute in`);
  }
  return found;
}

/** The dtype of a layers model's input or output `name`. Throws UNIMPLEMENTED for complex64. */
export function dtypeFromTfjs(dtype: string | undefined, name: string): DType {
  const found = DTYPE_OF_TFJS.get(dtype ?? '');
  if (found === undefined) {
    throw unimplemented(`"${name}" has the TensorFlow.js dtype ${dtype}, which is not supported`);
  }
  return found;
}

/** Shares the data where it can. Throws INVALID_ARGUMENT for an INT64 beyond 32 bits. */
export function valuesToTfjs(input: AnyTensor, name: string): TfjsValues {
  switch (input.dtype) {
    case 'FP32':
    case 'INT32':
    case 'BOOL':
    case 'STRING':
      return input.data;
    case 'UINT8':
    case 'INT8':
      return Int32Array.from(input.data);
    case 'INT64':
      return narrowed(input.data, name);
    default:
      throw unimplemented(`input "${name}" has dtype ${input.dtype}, which TensorFlow.js does not compute in`);
  }
}

function narrowed(data: BigInt64Array, name: string): Int32Array {
  const values = new Int32Array(data.length);
  for (const [index, value] of data.entries()) {
    if (BigInt.asIntN(32, value) !== value) {
      throw invalidArgument(`input "${name}" has the value ${value}, TensorFlow.js computes INT64 in 32 bits`, {
        input: name,
      });
    }
    values[index] = Number(value);
  }
  return values;
}

/**
 * A copy of `values` as a tensor of `dtype`.
 * Throws INTERNAL when the model made another dtype than its signature says, or a number that does not fit.
 */
export function tensorFromTfjs(
  values: TfjsValues,
  actual: string,
  shape: readonly number[],
  dtype: DType,
  name: string,
): AnyTensor {
  if (actual !== TFJS_DTYPE[dtype]) {
    throw internal(`output "${name}" came out as ${actual}, the signature says ${dtype}`);
  }
  switch (dtype) {
    case 'FP32':
      return tensor('FP32', shape, new Float32Array(values as Float32Array)); // `actual` says which values these are
    case 'BOOL':
      return tensor('BOOL', shape, new Uint8Array(values as Uint8Array));
    case 'STRING':
      return tensor(
        'STRING',
        shape,
        Array.from(values as readonly Uint8Array[], (text) => Uint8Array.from(text)),
      );
    default:
      return integerTensor(new Int32Array(values as Int32Array), shape, dtype, name);
  }
}

function integerTensor(values: Int32Array, shape: readonly number[], dtype: DType, name: string): AnyTensor {
  switch (dtype) {
    case 'INT64':
      return tensor('INT64', shape, BigInt64Array.from(values, BigInt));
    case 'UINT8':
      return tensor('UINT8', shape, Uint8Array.from(inRange(values, 0, 255, name)));
    case 'INT8':
      return tensor('INT8', shape, Int8Array.from(inRange(values, -128, 127, name)));
    default:
      return tensor('INT32', shape, values);
  }
}

/** TensorFlow would have wrapped such a value while computing, TensorFlow.js did not: neither answer would be right. */
function inRange(values: Int32Array, lowest: number, highest: number, name: string): Int32Array {
  const outside = values.find((value) => value < lowest || value > highest);
  if (outside !== undefined) {
    throw internal(`output "${name}" has the value ${outside}, outside ${lowest} to ${highest}`);
  }
  return values;
}
