import { tensorFlowDTypeNumber } from '@tensorfleet/codecs';
import { isMessageName, MESSAGES, type MessageName, type ScalarKind } from './message-schemas.ts';
import { TextScanner } from './text-scanner.ts';
import { WireBuffer } from './wire-buffer.ts';

/** As the binary decoder's. */
const MAX_DEPTH = 100;

/** What a field's text becomes; undefined for a field that is not in the table, whose text is skipped. */
interface Target {
  readonly name: string;
  readonly number: number;
  readonly kind: ScalarKind | MessageName | FieldTable;
}

/** Fields by name. */
type FieldTable = ReadonlyMap<string, Target>;

/**
 * A message in protobuf's text format as the bytes of its binary encoding; one decoder then serves both.
 * Fields that `message-schemas.ts` does not have are checked for their form and left out. Throws INVALID_ARGUMENT that
 * names the line.
 */
export function wireFromText(text: Uint8Array, name: MessageName): Uint8Array {
  const scanner = new TextScanner(text);
  const wire = new WireBuffer();
  writeFields(scanner, TABLES[name], wire, 0);
  if (!scanner.atEnd) {
    throw scanner.failure(`the field of a message is wanted, "${scanner.next}" is there`);
  }
  return wire.bytes;
}

/** Everything up to the end of the message that is open. */
function writeFields(scanner: TextScanner, table: FieldTable | undefined, wire: WireBuffer, depth: number): void {
  if (depth > MAX_DEPTH) {
    throw scanner.failure(`messages are nested more than ${MAX_DEPTH} deep`);
  }
  while (!scanner.atEnd && scanner.next !== '}' && scanner.next !== '>') {
    const name = fieldName(scanner);
    const target = table?.get(name);
    const hasColon = scanner.accept(':') !== undefined;
    if (scanner.accept('[') === undefined) {
      writeValue(scanner, target, hasColon, wire, depth);
    } else if (scanner.accept(']') === undefined) {
      do {
        writeValue(scanner, target, hasColon, wire, depth);
      } while (scanner.accept(',') !== undefined);
      scanner.expect(']');
    }
    scanner.accept(',;');
  }
}

/** `name`, or the bracketed name of an extension or of a type, which no message of the table has. */
function fieldName(scanner: TextScanner): string {
  if (scanner.accept('[') === undefined) {
    return scanner.word();
  }
  do {
    scanner.word();
  } while (scanner.accept('/') !== undefined);
  scanner.expect(']');
  return '';
}

function writeValue(
  scanner: TextScanner,
  target: Target | undefined,
  hasColon: boolean,
  wire: WireBuffer,
  depth: number,
): void {
  const open = scanner.accept('{<');
  const table = target === undefined ? undefined : tableOf(target.kind);
  if (open !== undefined) {
    if (target !== undefined && table === undefined) {
      throw scanner.failure(`"${target.name}" is no message`);
    }
    const start = target === undefined ? 0 : wire.begin(target.number);
    writeFields(scanner, table, wire, depth + 1);
    scanner.expect(open === '{' ? '}' : '>');
    if (target !== undefined) {
      wire.end(start);
    }
    return;
  }
  if (!hasColon || table !== undefined) {
    throw scanner.failure(table === undefined ? '":" is wanted before a value' : `"${target?.name}" is a message`);
  }
  if (target === undefined) {
    skipScalar(scanner);
  } else {
    writeScalar(scanner, target.number, target.kind as ScalarKind, wire); // no table: a scalar
  }
}

function skipScalar(scanner: TextScanner): void {
  if (scanner.atString) {
    scanner.string();
  } else {
    scanner.accept('-');
    scanner.word();
  }
}

function writeScalar(scanner: TextScanner, number: number, kind: ScalarKind, wire: WireBuffer): void {
  switch (kind) {
    case 'string':
    case 'bytes':
      wire.bytesField(number, scanner.string());
      return;
    case 'float':
      wire.floatField(number, readFloat(scanner));
      return;
    case 'double':
      wire.doubleField(number, readFloat(scanner));
      return;
    case 'bool':
      wire.varintField(number, readBool(scanner));
      return;
    case 'dtype':
      wire.varintField(number, readDType(scanner));
      return;
    case 'fixed32': // of checkpoints, which have no text
    case 'int32':
    case 'uint32':
    case 'int64':
    case 'uint64':
      wire.varintField(number, readInteger(scanner, kind === 'fixed32' ? 'uint32' : kind));
  }
}

const RANGES = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
} as const;

const INTEGER = /^(?:0[xX][0-9a-fA-F]{1,16}|0[0-7]{0,22}|[1-9][0-9]{0,19})$/;
const FLOAT = /^(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fF]?$/;

function readInteger(scanner: TextScanner, kind: keyof typeof RANGES): bigint {
  const sign = scanner.accept('-') === undefined ? 1n : -1n;
  const word = scanner.word();
  if (!INTEGER.test(word)) {
    throw scanner.failure(`"${word}" is not an integer`);
  }
  const value = sign * BigInt(/^0[0-7]/.test(word) ? `0o${word.slice(1)}` : word);
  const [least, most] = RANGES[kind];
  if (value < least || value > most) {
    throw scanner.failure(`${value} is not an ${kind}`);
  }
  return value;
}

function readFloat(scanner: TextScanner): number {
  const sign = scanner.accept('-') === undefined ? 1 : -1;
  const word = scanner.word();
  if (/^inf(?:inity)?f?$/i.test(word)) {
    return sign * Number.POSITIVE_INFINITY;
  }
  if (/^nanf?$/i.test(word)) {
    return Number.NaN;
  }
  if (FLOAT.test(word)) {
    return sign * Number(word.replace(/[fF]$/, ''));
  }
  if (INTEGER.test(word)) {
    return sign * Number(word);
  }
  throw scanner.failure(`"${word}" is not a number`);
}

const TRUTHS: ReadonlyMap<string, bigint> = new Map([
  ['true', 1n],
  ['True', 1n],
  ['t', 1n],
  ['1', 1n],
  ['false', 0n],
  ['False', 0n],
  ['f', 0n],
  ['0', 0n],
]);

function readBool(scanner: TextScanner): bigint {
  const word = scanner.word();
  const truth = TRUTHS.get(word);
  if (truth === undefined) {
    throw scanner.failure(`"${word}" is neither true nor false`);
  }
  return truth;
}

function readDType(scanner: TextScanner): bigint {
  if (/[0-9-]/.test(scanner.next)) {
    return readInteger(scanner, 'int32');
  }
  const word = scanner.word();
  const number = tensorFlowDTypeNumber(word);
  if (number === undefined) {
    throw scanner.failure(`"${word}" is not a data type of TensorFlow`);
  }
  return BigInt(number);
}

/** The fields inside a value; undefined for a scalar. */
function tableOf(kind: Target['kind']): FieldTable | undefined {
  if (typeof kind !== 'string') {
    return kind;
  }
  return isMessageName(kind) ? TABLES[kind] : undefined;
}

const TABLES = Object.fromEntries(
  Object.entries(MESSAGES).map(([message, schema]) => [message, tableFrom(schema)]),
) as Readonly<Record<MessageName, FieldTable>>; // keys are exactly the messages

function tableFrom(schema: Readonly<Record<string, readonly [number, string, string]>>): FieldTable {
  const targets = Object.entries(schema).map(([name, [number, kindName, occurrence]]): Target => {
    const kind = kindName as ScalarKind | MessageName; // the table has no other
    return { name, number, kind: occurrence === 'map' ? entryOf(kind) : kind };
  });
  return new Map(targets.map((target) => [target.name, target]));
}

/** A map is written as messages of key and value. */
function entryOf(kind: ScalarKind | MessageName): FieldTable {
  return new Map<string, Target>([
    ['key', { name: 'key', number: 1, kind: 'string' }],
    ['value', { name: 'value', number: 2, kind }],
  ]);
}
