// biome-ignore-all lint/style/noNonNullAssertion: a byte past the end reads as undefined, which equals no byte below

/**
 * Hot file: one pass over a JSON text, without recursion. The bet: a big body is arrays of numbers, so a run of
 * numbers is read in one tight loop, and `json-tree.ts` makes no value of an array before it turns out uneven.
 */

import { invalidArgument } from '@tensorfleet/core';
import { JsonFault, jsonParseError } from './json-error.ts';
import { endOfWord, NumberColumns } from './json-number.ts';
import { endOfJsonString } from './json-string.ts';
import { JsonTree } from './json-tree.ts';
import type { JsonDocument, JsonLiteral } from './json-value.ts';

const Byte = {
  Null: 0x00,
  Quote: 0x22,
  Comma: 0x2c,
  Minus: 0x2d,
  Zero: 0x30,
  Nine: 0x39,
  Colon: 0x3a,
  LeftBracket: 0x5b,
  RightBracket: 0x5d,
  LetterF: 0x66,
  LetterN: 0x6e,
  LetterT: 0x74,
  LeftBrace: 0x7b,
  RightBrace: 0x7d,
} as const;

const NULL: JsonLiteral = { kind: 'null' };
const TRUE: JsonLiteral = { kind: 'true' };
const FALSE: JsonLiteral = { kind: 'false' };

/** What an open array or object has had so far, as one byte. */
const Open = { EmptyArray: 0, Array: 1, EmptyObject: 2, Object: 3 } as const;

/**
 * Reads the first value of a JSON text in UTF-8, with or without a byte order mark; what follows the value is ignored.
 * NaN, Inf and Infinity are numbers. Throws INVALID_ARGUMENT with RapidJSON's words, RESOURCE_EXHAUSTED when the text
 * has more values than `json-tree.ts` keeps.
 */
export function readJson(source: Uint8Array): JsonDocument {
  return new JsonReader(source).read();
}

class JsonReader {
  readonly #source: Uint8Array;
  readonly #numbers: NumberColumns;
  readonly #tree: JsonTree;
  /** Every open array and object, outermost at 1. */
  #open = new Uint8Array(64);
  #depth = 0;

  constructor(source: Uint8Array) {
    this.#source = source;
    this.#numbers = new NumberColumns(Math.max(16, source.length >>> 2)); // doubles of 8 bytes: twice the text
    this.#tree = new JsonTree(this.#numbers);
  }

  read(): JsonDocument {
    const source = this.#source;
    if (source.length === 0) {
      throw invalidArgument('JSON Parse error: The document is empty');
    }
    const hasByteOrderMark = source[0] === 0xef && source[1] === 0xbb && source[2] === 0xbf;
    let i = this.#skipSpace(hasByteOrderMark ? 3 : 0);
    if (i >= source.length || endsBeforeValue(source[i]!)) {
      throw jsonParseError(JsonFault.DocumentEmpty, i);
    }
    i = this.#value(i);
    while (i >= 0) {
      i = this.#step(i); // a call, because a loop that runs once per body is optimised late and with luck
    }
    const { count, values, kinds, bigIntegers } = this.#numbers;
    return {
      source,
      root: this.#tree.root,
      numbers: values.subarray(0, count),
      numberKinds: kinds.subarray(0, count),
      bigIntegers,
      scalarCount: count + this.#tree.stringsAndLiterals,
    };
  }

  /** One step in what is open, from `start` on; returns the index after it, or -1 when nothing is open. */
  #step(start: number): number {
    if (this.#depth === 0) {
      return -1;
    }
    const i = this.#skipSpace(start);
    return this.#open[this.#depth]! <= Open.Array ? this.#inArray(i) : this.#inObject(i);
  }

  #skipSpace(start: number): number {
    let i = start;
    let byte = this.#source[i]!;
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      byte = this.#source[++i]!;
    }
    return i;
  }

  /** Reads the scalar at `i`, or opens the array or object there; returns the index after what was read. */
  #value(i: number): number {
    const source = this.#source;
    switch (source[i]) {
      case Byte.LeftBracket:
        this.#push(Open.EmptyArray);
        this.#tree.openArray();
        return i + 1;
      case Byte.LeftBrace:
        this.#push(Open.EmptyObject);
        this.#tree.openObject();
        return i + 1;
      case Byte.Quote: {
        const end = endOfJsonString(source, i + 1);
        this.#tree.string(i + 1, end);
        return end + 1;
      }
      case Byte.LetterN:
        return this.#literal(i, NULL);
      case Byte.LetterT:
        return this.#literal(i, TRUE);
      case Byte.LetterF:
        return this.#literal(i, FALSE);
      default: {
        const end = this.#numbers.read(source, i);
        this.#tree.numbers(1);
        return end;
      }
    }
  }

  #literal(start: number, literal: JsonLiteral): number {
    const end = endOfWord(this.#source, start, literal.kind);
    if (end < start + literal.kind.length) {
      throw jsonParseError(JsonFault.InvalidValue, end);
    }
    this.#tree.literal(literal);
    return end;
  }

  /** One step in an open array: its end, its next element, or as many numbers as follow one another. */
  #inArray(start: number): number {
    const source = this.#source;
    let i = start;
    if (source[i] === Byte.RightBracket) {
      this.#depth--;
      this.#tree.closeArray();
      return i + 1;
    }
    if (this.#open[this.#depth] === Open.Array) {
      if (source[i] !== Byte.Comma) {
        throw jsonParseError(JsonFault.MissingCommaOrBracket, i);
      }
      i = this.#skipSpace(i + 1);
    }
    this.#open[this.#depth] = Open.Array;
    if (!startsNumber(source[i]!)) {
      return this.#value(i);
    }
    let count = 0;
    for (let next = i; startsNumber(source[next]!); ) {
      i = this.#numbers.read(source, next);
      count++;
      if (source[i] !== Byte.Comma) {
        break;
      }
      next = this.#skipSpace(i + 1);
    }
    this.#tree.numbers(count);
    return i;
  }

  /** One step in an open object: its end, or its next member. */
  #inObject(start: number): number {
    const source = this.#source;
    let i = start;
    if (source[i] === Byte.RightBrace) {
      this.#depth--;
      this.#tree.closeObject();
      return i + 1;
    }
    if (this.#open[this.#depth] === Open.Object) {
      if (source[i] !== Byte.Comma) {
        throw jsonParseError(JsonFault.MissingCommaOrBrace, i);
      }
      i = this.#skipSpace(i + 1);
    }
    this.#open[this.#depth] = Open.Object;
    if (source[i] !== Byte.Quote) {
      throw jsonParseError(JsonFault.MissingName, i);
    }
    const end = endOfJsonString(source, i + 1);
    this.#tree.key(source, i + 1, end);
    i = this.#skipSpace(end + 1);
    if (source[i] !== Byte.Colon) {
      throw jsonParseError(JsonFault.MissingColon, i);
    }
    return this.#value(this.#skipSpace(i + 1));
  }

  #push(kind: number): void {
    this.#depth++;
    if (this.#depth === this.#open.length) {
      const grown = new Uint8Array(this.#open.length * 2);
      grown.set(this.#open);
      this.#open = grown;
    }
    this.#open[this.#depth] = kind;
  }
}

/** For RapidJSON a document that starts with one of these has not begun. */
function endsBeforeValue(byte: number): boolean {
  return (
    byte === Byte.Null ||
    byte === Byte.Comma ||
    byte === Byte.Colon ||
    byte === Byte.RightBracket ||
    byte === Byte.RightBrace
  );
}

function startsNumber(byte: number): boolean {
  return (byte >= Byte.Zero && byte <= Byte.Nine) || byte === Byte.Minus;
}
