import type { DType } from '@tensorfleet/core';

/** A JSON Schema (draft 2020-12), or any other part of an OpenAPI document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const integer = (minimum: number, maximum: number): JsonSchema => ({ type: 'integer', minimum, maximum });
const NUMBER: JsonSchema = { type: 'number' };
const BYTES: JsonSchema = {
  type: 'object',
  required: ['b64'],
  properties: { b64: { type: 'string', contentEncoding: 'base64' } },
  additionalProperties: false,
};

/** One element; the bounds of 64-bit integers are not among JSON's exact numbers. */
const ELEMENT: Readonly<Record<DType, JsonSchema>> = {
  FP16: NUMBER,
  BF16: NUMBER,
  FP32: { ...NUMBER, format: 'float' },
  FP64: { ...NUMBER, format: 'double' },
  INT8: integer(-128, 127),
  INT16: integer(-32_768, 32_767),
  INT32: { ...integer(-(2 ** 31), 2 ** 31 - 1), format: 'int32' },
  INT64: { type: 'integer', format: 'int64' },
  UINT8: integer(0, 255),
  UINT16: integer(0, 65_535),
  UINT32: integer(0, 2 ** 32 - 1),
  UINT64: { type: 'integer', minimum: 0 },
  BOOL: { type: 'boolean' },
  STRING: { anyOf: [{ type: 'string' }, BYTES] },
};

/** The dimensions of a tensor; null: any number of them. A null dimension is free. */
export type Dimensions = readonly (number | null)[] | null;

/** What a value in JSON looks like. */
export interface TensorJson {
  readonly schema: JsonSchema;
  /** Undefined where it would be large. */
  readonly example: unknown;
}

/** Larger examples teach nothing. */
const MAX_EXAMPLE_ELEMENTS = 256;

/** A tensor as nested arrays; its example has zeros, and one of what is free. */
export function tensorJson(dtype: DType, dimensions: Dimensions): TensorJson {
  if (dimensions === null) {
    return { schema: { description: `${dtype} of any shape: a value, or arrays of equal length` }, example: undefined };
  }
  const schema = dimensions.reduceRight<JsonSchema>(
    (items, size) => ({ type: 'array', items, ...(size !== null && { minItems: size, maxItems: size }) }),
    ELEMENT[dtype],
  );
  const sizes = dimensions.map((size) => size ?? 1);
  const isSmall = sizes.reduce((product, size) => product * size, 1) <= MAX_EXAMPLE_ELEMENTS;
  const zero: unknown = dtype === 'BOOL' ? false : dtype === 'STRING' ? 'text' : 0;
  const example = isSmall
    ? sizes.reduceRight((items, size) => Array.from({ length: size }, () => items), zero)
    : undefined;
  return { schema, example };
}
