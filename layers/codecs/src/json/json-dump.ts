import { jsonStringBytes } from './json-string.ts';
import { type JsonDocument, type JsonNumbers, type JsonValue, NumberKind } from './json-value.ts';
import { JsonWriter } from './json-writer.ts';

/** Nothing more of a value is printed after this many bytes. Every open array has printed one, so recursion ends too. */
const MAX_DUMP_BYTES = 256;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The beginning of a value, as error messages show it. */
export function dumpJson(document: JsonDocument, value: JsonValue): string {
  const writer = new JsonWriter();
  writer.singleLineArrays = true;
  dump(document, value, writer);
  return decoder.decode(writer.bytes);
}

/** Returns whether there was room for all of it. */
function dump(document: JsonDocument, value: JsonValue, writer: JsonWriter): boolean {
  if (isFull(writer)) {
    return false;
  }
  switch (value.kind) {
    case 'string': {
      const bytes = jsonStringBytes(document.source, value.start, value.end);
      writer.string(bytes.subarray(0, MAX_DUMP_BYTES));
      return bytes.length <= MAX_DUMP_BYTES;
    }
    case 'array': {
      writer.startArray();
      const whole = value.items.every((item) => dump(document, item, writer));
      return whole && closeArray(writer);
    }
    case 'object': {
      writer.startObject();
      for (const [index, member] of value.values.entries()) {
        if (isFull(writer)) {
          return false;
        }
        writer.key(value.keys[index] ?? '');
        if (!dump(document, member, writer)) {
          return false;
        }
      }
      if (isFull(writer)) {
        return false;
      }
      writer.endObject();
      return true;
    }
    case 'numbers':
      return dumpNumbers(document, value, writer);
    default:
      writer.token(value.kind);
      return true;
  }
}

function dumpNumbers(document: JsonDocument, { first, shape }: JsonNumbers, writer: JsonWriter): boolean {
  const [length, ...childShape] = shape;
  if (isFull(writer)) {
    return false;
  }
  if (length === undefined) {
    writer.token(numberText(document, first));
    return true;
  }
  writer.startArray();
  const size = childShape.reduce((product, dimension) => product * dimension, 1);
  for (let child = 0; child < length; child++) {
    if (!dumpNumbers(document, { kind: 'numbers', first: first + child * size, shape: childShape }, writer)) {
      return false;
    }
  }
  return closeArray(writer);
}

function closeArray(writer: JsonWriter): boolean {
  if (isFull(writer)) {
    return false;
  }
  writer.endArray();
  return true;
}

function isFull(writer: JsonWriter): boolean {
  return writer.length >= MAX_DUMP_BYTES;
}

/** A number in its shortest form; one that was no integer token keeps a point or an exponent. */
function numberText(document: JsonDocument, index: number): string {
  const value = document.numbers[index] ?? 0;
  const kind = document.numberKinds[index];
  if (kind !== NumberKind.Real) {
    return String(kind === NumberKind.BigInteger ? document.bigIntegers.get(index) : value);
  }
  const text = String(value);
  return /^-?[0-9]+$/.test(text) ? `${text}.0` : text;
}
