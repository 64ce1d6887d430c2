import { MAX_RANK, resourceExhausted } from '@tensorfleet/core';
import type { NumberColumns } from './json-number.ts';
import { jsonStringText } from './json-string.ts';
import type { JsonArray, JsonLiteral, JsonNumbers, JsonObject, JsonValue } from './json-value.ts';

/**
 * Arrays and objects deeper than this are read as empty. No tensor is as deep (MAX_RANK), and errors print less of a
 * value than this many brackets.
 */
const MAX_DEPTH = 320;

/**
 * Strings, objects and uneven arrays that a document may have, together with the numbers in uneven arrays: each is an
 * object in memory, many times the size of its text. Evenly nested numbers and literals do not count.
 */
export const MAX_VALUES = 2 ** 21;

const SCALAR: readonly number[] = [];
const EMPTY_ARRAY: JsonArray = { kind: 'array', items: [] };
const EMPTY_OBJECT: JsonObject = { kind: 'object', keys: [], values: [] };

/** An open array. While `items` is undefined it is even: `count` children of `childShape`, their numbers from `first`. */
interface ArrayFrame {
  readonly kind: 'array';
  readonly first: number;
  count: number;
  childShape: readonly number[];
  items: JsonValue[] | undefined;
}

interface ObjectFrame {
  readonly kind: 'object';
  readonly keys: string[];
  readonly values: JsonValue[];
}

/**
 * Builds a value from what a reader meets, in order. Hot file: an even array in an even array costs one comparison of
 * shapes. Invariant: `#frames` are the open arrays and objects, outermost first, without those deeper than MAX_DEPTH;
 * whatever is met below those is dropped.
 */
export class JsonTree {
  readonly #numbers: NumberColumns;
  readonly #frames: (ArrayFrame | ObjectFrame)[] = [];
  #depth = 0;
  #root: JsonValue = EMPTY_ARRAY;
  #values = 0;
  #stringsAndLiterals = 0;

  /** `numbers`: where the reader puts numbers before it reports them here. */
  constructor(numbers: NumberColumns) {
    this.#numbers = numbers;
  }

  /** The finished value. */
  get root(): JsonValue {
    return this.#root;
  }

  get stringsAndLiterals(): number {
    return this.#stringsAndLiterals;
  }

  openArray(): void {
    if (++this.#depth <= MAX_DEPTH) {
      const first = this.#numbers.count;
      this.#frames.push({ kind: 'array', first, count: 0, childShape: SCALAR, items: undefined });
    }
  }

  openObject(): void {
    if (++this.#depth <= MAX_DEPTH) {
      this.#frames.push({ kind: 'object', keys: [], values: [] });
    }
  }

  /** The key `start..end` of `source`; its value comes next. */
  key(source: Uint8Array, start: number, end: number): void {
    const frame = this.#depth <= MAX_DEPTH ? this.#frames.at(-1) : undefined;
    if (frame?.kind === 'object') {
      frame.keys.push(jsonStringText(source, start, end));
    }
  }

  string(start: number, end: number): void {
    this.#stringsAndLiterals++;
    this.#add({ kind: 'string', start, end });
  }

  literal(literal: JsonLiteral): void {
    this.#stringsAndLiterals++;
    this.#attach(literal);
  }

  /** The last `count` numbers, which follow one another. */
  numbers(count: number): void {
    const frame = this.#frames.at(-1);
    if (this.#depth > MAX_DEPTH) {
      this.#numbers.count -= count;
    } else if (frame?.kind === 'array' && frame.items === undefined && frame.childShape === SCALAR) {
      frame.count += count;
    } else {
      for (let index = this.#numbers.count - count; index < this.#numbers.count; index++) {
        this.#add({ kind: 'numbers', first: index, shape: SCALAR });
      }
    }
  }

  closeArray(): void {
    if (--this.#depth >= MAX_DEPTH) {
      this.#attach(EMPTY_ARRAY);
      return;
    }
    const frame = this.#frames.pop() as ArrayFrame; // a reader closes what it opened
    if (frame.items !== undefined) {
      this.#add({ kind: 'array', items: frame.items });
    } else if (!this.#joins(frame)) {
      this.#add({ kind: 'numbers', first: frame.first, shape: [frame.count, ...frame.childShape] });
    }
  }

  closeObject(): void {
    if (--this.#depth >= MAX_DEPTH) {
      this.#attach(EMPTY_OBJECT);
    } else {
      this.#add(this.#frames.pop() as ObjectFrame); // a reader closes what it opened
    }
  }

  /** Makes a closed even array one more child of the even array around it, where there is one and the shapes agree. */
  #joins(child: ArrayFrame): boolean {
    const parent = this.#frames.at(-1);
    if (parent?.kind !== 'array' || parent.items !== undefined || child.childShape.length + 2 > MAX_RANK) {
      return false;
    }
    if (parent.count === 0) {
      parent.childShape = [child.count, ...child.childShape];
    } else if (!isShape(parent.childShape, child.count, child.childShape)) {
      return false;
    }
    parent.count++;
    return true;
  }

  /** Attaches a value that is an object of its own in memory. */
  #add(value: JsonValue): void {
    if (this.#depth <= MAX_DEPTH) {
      this.#spend(1);
      this.#attach(value);
    }
  }

  #attach(value: JsonValue): void {
    if (this.#depth > MAX_DEPTH) {
      return;
    }
    const frame = this.#frames.at(-1);
    if (frame === undefined) {
      this.#root = value;
    } else if (frame.kind === 'object') {
      frame.values.push(value);
    } else {
      frame.items ??= this.#childrenOf(frame);
      frame.items.push(value);
    }
  }

  /** The children of an array that was even so far. */
  #childrenOf(frame: ArrayFrame): JsonNumbers[] {
    this.#spend(frame.count);
    const size = frame.childShape.reduce((product, dimension) => product * dimension, 1);
    return Array.from({ length: frame.count }, (_, child) => ({
      kind: 'numbers',
      first: frame.first + child * size,
      shape: frame.childShape,
    }));
  }

  #spend(values: number): void {
    this.#values += values;
    if (this.#values > MAX_VALUES) {
      throw resourceExhausted(`JSON document has more than ${MAX_VALUES} values besides evenly nested numbers`);
    }
  }
}

function isShape(shape: readonly number[], first: number, rest: readonly number[]): boolean {
  if (shape.length !== rest.length + 1 || shape[0] !== first) {
    return false;
  }
  for (let axis = 0; axis < rest.length; axis++) {
    if (shape[axis + 1] !== rest[axis]) {
      return false;
    }
  }
  return true;
}
