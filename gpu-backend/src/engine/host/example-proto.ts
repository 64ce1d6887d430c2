import { invalidArgument } from '@tensorfleet/core';
import { latin1Of } from './strings.ts';
import { WireCursor } from './wire-cursor.ts';

/** Tags of one byte: field 1 or 2 with a length, field 1 as a varint or as four bytes. */
const FIELD_1 = 0x0a;
const FIELD_2 = 0x12;
const VARINT_1 = 0x08;
const FIXED32_1 = 0x0d;

/** What tf.train.Feature holds, by the tag of its oneof. */
export type FeatureKind = 'STRING' | 'FP32' | 'INT64';
const KINDS: ReadonlyMap<number, FeatureKind> = new Map([
  [0x0a, 'STRING'],
  [0x12, 'FP32'],
  [0x1a, 'INT64'],
]);

export interface FeatureEntry {
  /** One character per byte. */
  readonly key: string;
  /** A serialized tf.train.Feature, unread. */
  readonly feature: Uint8Array;
}

export type FeatureValues = readonly Uint8Array[] | Float32Array | BigInt64Array;

/** The features of a serialized tf.train.Example in the order of the bytes, repeated keys included. */
export function readExample(bytes: Uint8Array): readonly FeatureEntry[] {
  const entries: FeatureEntry[] = [];
  const example = new WireCursor(bytes, 'Could not parse example input');
  while (!example.isAtEnd) {
    if (!example.takes(FIELD_1)) {
      example.skipField();
      continue;
    }
    const features = example.message();
    while (!features.isAtEnd) {
      features.expect(FIELD_1);
      entries.push(readEntry(features.message()));
    }
  }
  return entries;
}

/** Key and value, once each, in any order. */
function readEntry(entry: WireCursor): FeatureEntry {
  const isKeyFirst = entry.takes(FIELD_1);
  if (!isKeyFirst) {
    entry.expect(FIELD_2);
  }
  const first = entry.text();
  entry.expect(isKeyFirst ? FIELD_2 : FIELD_1);
  const second = entry.text();
  if (!entry.isAtEnd) {
    throw entry.failure('an entry of features has more than key and value');
  }
  return { key: latin1Of(isKeyFirst ? first : second), feature: isKeyFirst ? second : first };
}

/** The kind of a feature; undefined for an empty one, which counts as missing. Throws INVALID_ARGUMENT for others. */
export function kindOf(feature: Uint8Array): FeatureKind | undefined {
  const [tag] = feature;
  const kind = tag === undefined ? undefined : KINDS.get(tag);
  if (tag !== undefined && kind === undefined) {
    throw invalidArgument('Unsupported datatype.');
  }
  return kind;
}

/** The values of a feature that has a kind. What stands behind its first list is not read, as in TensorFlow. */
export function readValues(feature: Uint8Array, kind: FeatureKind, key: string): FeatureValues {
  const cursor = new WireCursor(feature, `Key: ${key}.  Can't parse serialized Example`, 1);
  const list = cursor.message();
  switch (kind) {
    case 'STRING':
      return readTexts(list);
    case 'FP32':
      return readFloats(list);
    case 'INT64':
      return readIntegers(list);
  }
}

function readTexts(list: WireCursor): readonly Uint8Array[] {
  const texts: Uint8Array[] = [];
  while (!list.isAtEnd) {
    list.expect(FIELD_1);
    texts.push(list.text());
  }
  return texts;
}

/** Packed (one chunk, of which an incomplete float is dropped) or not. */
function readFloats(list: WireCursor): Float32Array {
  if (list.takes(FIELD_1)) {
    return floatsOf(list.message().rest());
  }
  const parts: Uint8Array[] = [];
  while (!list.isAtEnd) {
    list.expect(FIXED32_1);
    parts.push(list.raw(4));
  }
  return floatsOf(Buffer.concat(parts));
}

function floatsOf(bytes: Uint8Array): Float32Array {
  const copy = new Uint8Array(bytes.subarray(0, bytes.length - (bytes.length % 4)));
  return new Float32Array(copy.buffer);
}

function readIntegers(list: WireCursor): BigInt64Array {
  const isPacked = list.takes(FIELD_1);
  const source = isPacked ? list.message() : list;
  const values: bigint[] = [];
  while (!source.isAtEnd) {
    if (!isPacked) {
      source.expect(VARINT_1);
    }
    values.push(source.uint64());
  }
  return BigInt64Array.from(values);
}
