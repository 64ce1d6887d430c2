import { baseDTypeFromTensorFlow } from '@tensorfleet/codecs';
import { type AnyTensor, type DType, unimplemented } from '@tensorfleet/core';
import type { AttributeMap, AttributeValue, FunctionReference, GraphShape } from '../savedmodel/graph-def.ts';

type Kind = AttributeValue['kind'];
type Of<K extends Kind> = Extract<AttributeValue, { kind: K }>;

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A node's attributes, checked as they are read. A missing attribute is its `fallback`: exporters leave out what has
 * OpDef's default value. Throws UNIMPLEMENTED, which names the attribute, for one that is missing without a fallback
 * or has another kind.
 */
export class Attributes {
  readonly #map: AttributeMap;

  constructor(map: AttributeMap) {
    this.#map = map;
  }

  has(name: string): boolean {
    return this.#map.has(name);
  }

  names(): readonly string[] {
    return [...this.#map.keys()];
  }

  int(name: string, fallback?: number): number {
    return this.#get(name, 'int', ({ value }) => toNumber(name, value), fallback);
  }

  float(name: string, fallback?: number): number {
    return this.#get(name, 'float', ({ value }) => value, fallback);
  }

  bool(name: string, fallback?: boolean): boolean {
    return this.#get(name, 'bool', ({ value }) => value, fallback);
  }

  /** A string of UTF-8. */
  string(name: string, fallback?: string): string {
    return this.#get(name, 'string', ({ value }) => UTF8.decode(value), fallback);
  }

  type(name: string, fallback?: DType): DType {
    return this.#get(name, 'type', ({ value }) => baseDTypeFromTensorFlow(value), fallback);
  }

  shape(name: string, fallback?: GraphShape): GraphShape {
    return this.#get(name, 'shape', ({ value }) => value, fallback);
  }

  tensor(name: string): AnyTensor {
    return this.#get(name, 'tensor', ({ load }) => load());
  }

  function(name: string): FunctionReference {
    return this.#get(name, 'function', ({ value }) => value);
  }

  ints(name: string, fallback?: readonly number[]): readonly number[] {
    return this.#get(name, 'list', ({ value }) => value.ints.map((one) => toNumber(name, one)), fallback);
  }

  floats(name: string, fallback?: readonly number[]): readonly number[] {
    return this.#get(name, 'list', ({ value }) => value.floats, fallback);
  }

  strings(name: string, fallback?: readonly string[]): readonly string[] {
    return this.#get(name, 'list', ({ value }) => value.strings.map((one) => UTF8.decode(one)), fallback);
  }

  types(name: string, fallback?: readonly DType[]): readonly DType[] {
    return this.#get(name, 'list', ({ value }) => value.types.map(baseDTypeFromTensorFlow), fallback);
  }

  shapes(name: string, fallback?: readonly GraphShape[]): readonly GraphShape[] {
    return this.#get(name, 'list', ({ value }) => value.shapes, fallback);
  }

  functions(name: string): readonly FunctionReference[] {
    return this.#get(name, 'list', ({ value }) => value.functions);
  }

  /** The attribute as it is. */
  raw(name: string): AttributeValue | undefined {
    return this.#map.get(name);
  }

  #get<K extends Kind, T>(name: string, kind: K, read: (value: Of<K>) => T, fallback?: T): T {
    const value = this.#map.get(name);
    if (value === undefined) {
      if (fallback === undefined) {
        throw unimplemented(`attribute ${name} is missing`);
      }
      return fallback;
    }
    if (value.kind !== kind) {
      throw unimplemented(`attribute ${name} is a ${value.kind}, not a ${kind}`);
    }
    return read(value as Of<K>); // the kind was compared
  }
}

function toNumber(name: string, value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw unimplemented(`attribute ${name} is ${value}, beyond 2^53`);
  }
  return number;
}
