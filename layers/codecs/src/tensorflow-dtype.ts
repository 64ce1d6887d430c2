import { type DType, invalidArgument, unimplemented } from '@tensorfleet/core';

/** Names of tensorflow.DataType by number. */
const NAMES = [
  'DT_INVALID',
  'DT_FLOAT',
  'DT_DOUBLE',
  'DT_INT32',
  'DT_UINT8',
  'DT_INT16',
  'DT_INT8',
  'DT_STRING',
  'DT_COMPLEX64',
  'DT_INT64',
  'DT_BOOL',
  'DT_QINT8',
  'DT_QUINT8',
  'DT_QINT32',
  'DT_BFLOAT16',
  'DT_QINT16',
  'DT_QUINT16',
  'DT_UINT16',
  'DT_COMPLEX128',
  'DT_HALF',
  'DT_RESOURCE',
  'DT_VARIANT',
  'DT_UINT32',
  'DT_UINT64',
  'DT_FLOAT8_E5M2',
  'DT_FLOAT8_E4M3FN',
  'DT_FLOAT8_E4M3FNUZ',
  'DT_FLOAT8_E4M3B11FNUZ',
  'DT_FLOAT8_E5M2FNUZ',
  'DT_INT4',
  'DT_UINT4',
  'DT_INT2',
  'DT_UINT2',
  'DT_FLOAT4_E2M1FN',
] as const;

const NUMBERS: Readonly<Record<DType, number>> = {
  FP32: 1,
  FP64: 2,
  INT32: 3,
  UINT8: 4,
  INT16: 5,
  INT8: 6,
  STRING: 7,
  INT64: 9,
  BOOL: 10,
  BF16: 14,
  UINT16: 17,
  FP16: 19,
  UINT32: 22,
  UINT64: 23,
};

const DTYPES: ReadonlyMap<number, DType> = new Map(
  Object.entries(NUMBERS).map(([dtype, number]) => [number, dtype as DType]), // the table's keys are exactly the dtypes
);

/** A reference dtype (a TensorFlow 1 variable) has its base dtype's number plus this. */
const REF_OFFSET = 100;

/**
 * The dtype with this tensorflow.DataType number. Throws UNIMPLEMENTED with TensorFlow's name for the dtypes
 * that tensors here cannot hold, INVALID_ARGUMENT for numbers that name none.
 */
export function dtypeFromTensorFlow(number: number): DType {
  const dtype = DTYPES.get(number);
  if (dtype !== undefined) {
    return dtype;
  }
  const name = number > REF_OFFSET && NAMES[number - REF_OFFSET] ? `${NAMES[number - REF_OFFSET]}_REF` : NAMES[number];
  if (number === 0 || name === undefined) {
    throw invalidArgument(`dtype ${number}${number === 0 ? ' (DT_INVALID)' : ''} is not a data type of TensorFlow`);
  }
  throw unimplemented(`dtype ${name} is not supported`);
}

/** The base dtype of a dtype that may be a reference. Throws as `dtypeFromTensorFlow` does. */
export function baseDTypeFromTensorFlow(number: number): DType {
  return dtypeFromTensorFlow(DTYPES.has(number - REF_OFFSET) ? number - REF_OFFSET : number);
}

/** The tensorflow.DataType number of a dtype. */
export function dtypeToTensorFlow(dtype: DType): number {
  return NUMBERS[dtype];
}

/** TensorFlow's name of a dtype: `DT_FLOAT`. */
export function tensorFlowDTypeName(dtype: DType): string {
  return NAMES[NUMBERS[dtype]] ?? 'DT_INVALID';
}

/** The tensorflow.DataType number behind TensorFlow's name of it, references included; undefined for any other name. */
export function tensorFlowDTypeNumber(name: string): number | undefined {
  const base = name.replace(/_REF$/, '');
  const number = (NAMES as readonly string[]).indexOf(base); // wider than the names it holds
  return number < 0 ? undefined : number + (base === name ? 0 : REF_OFFSET);
}

/** TensorFlow's name behind a tensorflow.DataType number, whether tensors here can hold it or not. */
export function tensorFlowDTypeNameOf(number: number): string {
  const base = NAMES[number];
  const referenced = NAMES[number - REF_OFFSET];
  return base ?? (referenced === undefined ? `dtype ${number}` : `${referenced}_REF`);
}
