/**
 * What a JSON document says, without what JavaScript's own values lose: whether a number was written as an integer,
 * integers beyond 2^53, repeated keys. Values point into the columns of their document.
 */
export type JsonValue = JsonLiteral | JsonNumbers | JsonString | JsonArray | JsonObject;

export interface JsonLiteral {
  readonly kind: 'null' | 'true' | 'false';
}

/** A number (shape []) or evenly nested arrays of numbers: product(shape) elements of `numbers` from `first`. */
export interface JsonNumbers {
  readonly kind: 'numbers';
  readonly first: number;
  readonly shape: readonly number[];
}

/** The bytes `start..end` of the source, between the quotes; escapes are checked but not resolved. */
export interface JsonString {
  readonly kind: 'string';
  readonly start: number;
  readonly end: number;
}

/** An array that is no JsonNumbers; an empty array is JsonNumbers of shape [0]. */
export interface JsonArray {
  readonly kind: 'array';
  readonly items: readonly JsonValue[];
}

/** `values[i]` belongs to `keys[i]`; of equal keys the first one counts. */
export interface JsonObject {
  readonly kind: 'object';
  readonly keys: readonly string[];
  readonly values: readonly JsonValue[];
}

export const NumberKind = {
  /** An integer that its double holds exactly. */
  Integer: 0,
  /** Written with a fraction or an exponent, not finite, or an integer beyond 64 bits. */
  Real: 1,
  /** An integer beyond 2^53 within int64 or uint64; its exact value is in `bigIntegers`. */
  BigInteger: 2,
} as const;

/** Valid as long as nobody changes `source`. */
export interface JsonDocument {
  readonly source: Uint8Array;
  readonly root: JsonValue;
  /** Every number in reading order, as Number() reads it. */
  readonly numbers: Float64Array;
  /** The NumberKind of each number. */
  readonly numberKinds: Uint8Array;
  /** Exact values of the BigInteger numbers, by index. */
  readonly bigIntegers: ReadonlyMap<number, bigint>;
  /** Numbers, strings and literals together: no array in the document has more elements. */
  readonly scalarCount: number;
}

/** The value of the first member with this key. */
export function memberOf(object: JsonObject, key: string): JsonValue | undefined {
  const index = object.keys.indexOf(key);
  return index < 0 ? undefined : object.values[index];
}

/** Members by key, the first of equal keys. */
export function membersOf(object: JsonObject): Map<string, JsonValue> {
  const members = new Map<string, JsonValue>();
  for (const [index, value] of object.values.entries()) {
    const key = object.keys[index];
    if (key !== undefined && !members.has(key)) {
      members.set(key, value);
    }
  }
  return members;
}

/** RapidJSON's name of a value's type, as errors print it. */
export function jsonTypeName(value: JsonValue): string {
  if (value.kind === 'numbers') {
    return value.shape.length === 0 ? 'Number' : 'Array';
  }
  return value.kind.charAt(0).toUpperCase() + value.kind.slice(1);
}
