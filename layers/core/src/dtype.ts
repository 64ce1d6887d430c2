/**
 * The data of a tensor, by dtype. FP16 holds values, BF16 holds raw bits (JavaScript has no bfloat16 array),
 * BOOL one byte per element (0 or 1), STRING one byte string per element.
 */
export interface DataOf {
  BOOL: Uint8Array;
  UINT8: Uint8Array;
  UINT16: Uint16Array;
  UINT32: Uint32Array;
  UINT64: BigUint64Array;
  INT8: Int8Array;
  INT16: Int16Array;
  INT32: Int32Array;
  INT64: BigInt64Array;
  FP16: Float16Array;
  BF16: Uint16Array;
  FP32: Float32Array;
  FP64: Float64Array;
  STRING: readonly Uint8Array[];
}

export type DType = keyof DataOf;

/** Every dtype but STRING: elements of equal size in one typed array. */
export type NumericDType = Exclude<DType, 'STRING'>;

/** A typed array over a buffer that may be sent to another thread. */
type ArrayOf<D extends NumericDType> = DataOf[D];

interface TypedArrayConstructor<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): T;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): T;
}

/** The array class behind each numeric dtype; its BYTES_PER_ELEMENT is the size on the wire. */
export const ARRAY_OF: { readonly [D in NumericDType]: TypedArrayConstructor<ArrayOf<D>> } = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Float16Array,
  BF16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
};

export function isDType(value: string): value is DType {
  return value === 'STRING' || Object.hasOwn(ARRAY_OF, value);
}

/** Bytes of one element of a numeric dtype. */
export function byteSizeOf(dtype: NumericDType): number {
  return ARRAY_OF[dtype].BYTES_PER_ELEMENT;
}
