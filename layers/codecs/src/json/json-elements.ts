// biome-ignore-all lint/style/noNonNullAssertion: typed-array reads of ranges that the document's values name

/** Hot file: the elements of a tensor from the values of a JSON document. The bet: most arrive as one range of numbers. */

import { allocate, bfloat16Bits, type DataOf, type DType, invalidArgument, type StatusError } from '@tensorfleet/core';
import { tensorFlowDTypeName } from '../tensorflow-dtype.ts';
import { decodeBase64 } from './base64.ts';
import { dumpJson } from './json-dump.ts';
import { jsonStringBytes } from './json-string.ts';
import {
  type JsonDocument,
  type JsonLiteral,
  type JsonObject,
  type JsonString,
  type JsonValue,
  jsonTypeName,
  NumberKind,
} from './json-value.ts';

/** Writes numbers `first..first + count` of the document at `target[at]`; returns how many came before one it cannot take. */
type Copy<D extends DType> = (
  document: JsonDocument,
  first: number,
  count: number,
  target: DataOf[D],
  at: number,
) => number;

const COPY: { readonly [D in DType]: Copy<D> } = {
  FP64: copyFloats,
  FP32: copyFloats,
  FP16: copyFloats,
  BF16: copyBfloat16,
  INT8: copyIntegers(-128, 127),
  INT16: copyIntegers(-32_768, 32_767),
  INT32: copyIntegers(-(2 ** 31), 2 ** 31 - 1),
  INT64: copyBigIntegers(-(2n ** 63n), 2n ** 63n - 1n),
  UINT8: copyIntegers(0, 255),
  UINT16: copyIntegers(0, 65_535),
  UINT32: copyIntegers(0, 2 ** 32 - 1),
  UINT64: copyBigIntegers(0n, 2n ** 64n - 1n),
  BOOL: () => 0,
  STRING: () => 0,
};

/** The elements of one tensor, taken in order. Throws INVALID_ARGUMENT at the first value that its dtype does not have. */
export class JsonElements<D extends DType> {
  readonly #document: JsonDocument;
  readonly #dtype: D;
  readonly data: DataOf[D];
  #filled = 0;

  /**
   * Room for `count` elements, but never for more than the document has: a shape that claims more is refused
   * before that many were taken.
   */
  constructor(document: JsonDocument, dtype: D, count: number) {
    this.#document = document;
    this.#dtype = dtype;
    this.data = allocate(dtype, Math.min(count, document.scalarCount));
  }

  /** Elements taken so far. */
  get filled(): number {
    return this.#filled;
  }

  numbers(first: number, count: number): void {
    const copied = COPY[this.#dtype](this.#document, first, count, this.data, this.#filled);
    this.#filled += copied;
    if (copied < count) {
      throw wrongTypeError(this.#document, { kind: 'numbers', first: first + copied, shape: [] }, this.#dtype);
    }
  }

  leaf(value: JsonLiteral | JsonString | JsonObject): void {
    if (this.#dtype === 'STRING' && (value.kind === 'string' || value.kind === 'object')) {
      const strings = this.data as Uint8Array[]; // STRING's data, allocated here and not handed out yet
      strings[this.#filled++] = stringBytes(this.#document, value);
    } else if (this.#dtype === 'BOOL' && (value.kind === 'true' || value.kind === 'false')) {
      const booleans = this.data as Uint8Array; // BOOL's data
      booleans[this.#filled++] = value.kind === 'true' ? 1 : 0;
    } else {
      throw wrongTypeError(this.#document, value, this.#dtype);
    }
  }
}

/** Whether the value is `{"b64": "<text>"}` and nothing else. */
export function isBase64Object(value: JsonValue | undefined): value is JsonObject {
  return (
    value?.kind === 'object' && value.keys.length === 1 && value.keys[0] === 'b64' && value.values[0]?.kind === 'string'
  );
}

/** Also for integers outside the range of the dtype. */
function wrongTypeError(document: JsonDocument, value: JsonValue, dtype: DType): StatusError {
  const wanted = tensorFlowDTypeName(dtype).slice('DT_'.length).toLowerCase();
  return invalidArgument(
    `JSON Value: ${dumpJson(document, value)} Type: ${jsonTypeName(value)} is not of expected type: ${wanted}`,
  );
}

/** Views of the source where the text has no escapes. */
function stringBytes(document: JsonDocument, value: JsonString | JsonObject): Uint8Array {
  if (value.kind === 'string') {
    return jsonStringBytes(document.source, value.start, value.end);
  }
  if (!isBase64Object(value)) {
    throw invalidArgument(`JSON Value: ${dumpJson(document, value)} not formatted correctly for base64 data`);
  }
  return base64Bytes(document, value);
}

/** The bytes of an object that `isBase64Object`. Throws INVALID_ARGUMENT for text that is no base64. */
export function base64Bytes({ source }: JsonDocument, { values: [text] }: JsonObject): Uint8Array {
  const bytes = text?.kind === 'string' ? decodeBase64(jsonStringBytes(source, text.start, text.end)) : undefined;
  if (bytes === undefined) {
    throw invalidArgument('Unable to base64 decode');
  }
  return bytes;
}

function copyFloats(
  { numbers }: JsonDocument,
  first: number,
  count: number,
  target: Float16Array | Float32Array | Float64Array,
  at: number,
): number {
  target.set(numbers.subarray(first, first + count), at);
  return count;
}

function copyBfloat16(
  { numbers }: JsonDocument,
  first: number,
  count: number,
  target: Uint16Array,
  at: number,
): number {
  for (let i = 0; i < count; i++) {
    target[at + i] = bfloat16Bits(numbers[first + i]!);
  }
  return count;
}

type IntegerArray = Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;

function copyIntegers(min: number, max: number) {
  return ({ numbers, numberKinds }: JsonDocument, first: number, count: number, target: IntegerArray, at: number) => {
    for (let i = 0; i < count; i++) {
      const value = numbers[first + i]!;
      if (numberKinds[first + i] !== NumberKind.Integer || value < min || value > max) {
        return i;
      }
      target[at + i] = value;
    }
    return count;
  };
}

function copyBigIntegers(min: bigint, max: bigint) {
  return (
    { numbers, numberKinds, bigIntegers }: JsonDocument,
    first: number,
    count: number,
    target: BigInt64Array | BigUint64Array,
    at: number,
  ) => {
    for (let i = 0; i < count; i++) {
      const index = first + i;
      const kind = numberKinds[index];
      if (kind === NumberKind.Real) {
        return i;
      }
      const exact = kind === NumberKind.BigInteger ? bigIntegers.get(index) : undefined;
      const value = exact ?? BigInt(numbers[index]!);
      if (value < min || value > max) {
        return i;
      }
      target[at + i] = value;
    }
    return count;
  };
}
