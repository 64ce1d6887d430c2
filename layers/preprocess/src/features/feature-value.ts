import { type AnyTensor, bfloat16Bits, bfloat16Value, type DType, type NumericDType } from '@tensorfleet/core';

/**
 * What stores hold in a field: text, which numbers are too (so no digit of them is lost on the way), bytes, or a list.
 */
export type FeatureValue = string | Uint8Array | readonly FeatureValue[];

/** Longer texts are not read as lists of numbers. */
const MAX_LIST_CHARACTERS = 2 ** 20;
const NUMBER = /^[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,4})?$/;
const INTEGER = /^[+-]?\d{1,20}$/;
const BOOLEANS: ReadonlyMap<string, number> = new Map([
  ...(['true', 'True', '1'] as const).map((text) => [text, 1] as const),
  ...(['false', 'False', '0'] as const).map((text) => [text, 0] as const),
]);

/**
 * Writes `size` elements of a field to `data` of this dtype from `first` on. A field of several elements is a list, or
 * text that is one in JSON. Returns what is wrong with the value, without showing it; undefined when nothing is.
 */
export function writeFeature(target: AnyTensor, first: number, size: number, value: FeatureValue): string | undefined {
  const isText = typeof value === 'string';
  const list =
    isText && (size > 1 || (target.dtype !== 'STRING' && value.startsWith('['))) ? listFromText(value) : value;
  const elements = Array.isArray(list) ? (list as readonly FeatureValue[]) : undefined; // isArray forgets readonly
  if (elements === undefined) {
    return size === 1 ? writeElement(target, first, value) : `is ${kindOf(value)}, and no list of ${size}`;
  }
  if (elements.length !== size) {
    return `is a list of ${elements.length}, not of ${size}`;
  }
  for (const [index, element] of elements.entries()) {
    const problem = writeElement(target, first + index, element);
    if (problem !== undefined) {
      return `has element ${index}, which ${problem}`;
    }
  }
  return undefined;
}

/** The elements of a list in JSON; undefined for anything else. */
function listFromText(text: string): readonly FeatureValue[] | undefined {
  if (text.length > MAX_LIST_CHARACTERS) {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map(elementFromJson) : undefined;
  } catch {
    return undefined;
  }
}

/** Whatever is no scalar becomes a list, and so no element. Integers beyond 2^53 have lost digits and become none either. */
function elementFromJson(value: unknown): FeatureValue {
  const isExact = typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value);
  return typeof value === 'object' || !isExact ? [] : String(value);
}

function writeElement(target: AnyTensor, index: number, value: FeatureValue): string | undefined {
  if (target.dtype === 'STRING') {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    if (!(bytes instanceof Uint8Array)) {
      return `is ${kindOf(value)}, and no STRING`;
    }
    (target.data as Uint8Array[])[index] = bytes; // this side has just allocated it
    return undefined;
  }
  const fits = typeof value === 'string' && writeNumber(target, index, value.trim());
  return fits ? undefined : `is ${kindOf(value)}, and no ${target.dtype}`;
}

type NumericTensor = Extract<AnyTensor, { readonly dtype: NumericDType }>;

/** Whether the text is a number that the dtype holds. */
function writeNumber(target: NumericTensor, index: number, text: string): boolean {
  switch (target.dtype) {
    case 'BOOL':
      target.data[index] = BOOLEANS.get(text) ?? 0;
      return BOOLEANS.has(text);
    case 'INT64':
    case 'UINT64':
      return writeBigInteger(target.data, index, text);
    case 'BF16':
      target.data[index] = bfloat16Bits(Number(text));
      return NUMBER.test(text) && Number.isFinite(bfloat16Value(target.data[index] ?? 0));
    case 'FP16':
    case 'FP32':
    case 'FP64':
      target.data[index] = Number(text);
      return NUMBER.test(text) && Number.isFinite(target.data[index]);
    default:
      target.data[index] = Number(text);
      return NUMBER.test(text) && target.data[index] === Number(text);
  }
}

function writeBigInteger(data: BigInt64Array | BigUint64Array, index: number, text: string): boolean {
  const value = integerFrom(text);
  if (value === undefined) {
    return false;
  }
  data[index] = value;
  return data[index] === value;
}

/** `3.0` counts: it is what a table of numbers with gaps is written as. */
function integerFrom(text: string): bigint | undefined {
  if (INTEGER.test(text)) {
    return BigInt(text.replace(/^\+/, ''));
  }
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

function kindOf(value: FeatureValue): string {
  if (typeof value === 'string') {
    return `a text of ${value.length} characters`;
  }
  return value instanceof Uint8Array ? `${value.byteLength} bytes` : `a list of ${value.length}`;
}

/** Whether tensors of this dtype can be made of a store's fields: all of them can, of one element per value. */
export const FEATURE_DTYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'BF16',
  'FP32',
  'FP64',
  'STRING',
] as const satisfies readonly DType[];
