import { ByteReader, WireType } from '@tensorfleet/codecs';
import {
  isMessageName,
  MESSAGES,
  type Message,
  type MessageName,
  type Occurrence,
  type ScalarKind,
} from './message-schemas.ts';

/** Messages of `message-schemas.ts` from protobuf's binary encoding. Hot file: a graph has a million fields. */

/** As protobuf itself bounds it; real graphs nest about ten messages. */
const MAX_DEPTH = 100;

/**
 * An empty message takes two bytes in a file and hundreds in memory; real graphs have one per ten bytes and more. Beyond
 * the absolute bound, what they become would not fit into the heap.
 */
const FREE_MESSAGES = 4096;
const BYTES_PER_MESSAGE = 4;
const MAX_MESSAGES = 8_000_000;

/** Where the decoder is; one for all of a file. */
interface Progress {
  depth: number;
  messagesLeft: number;
}

type Value = unknown;
type ReadValue = (reader: ByteReader, progress: Progress) => Value;

interface CompiledField {
  readonly name: string;
  readonly kind: ScalarKind | MessageName;
  readonly occurrence: Occurrence;
  readonly wireType: number;
  /** What a missing value of a map's entry means. */
  readonly empty: () => Value;
  readonly read: ReadValue;
}

interface CompiledMessage {
  /** By field number. */
  readonly fields: readonly (CompiledField | undefined)[];
  /** All fields in their first state: records of one message are made alike, which engines reward. */
  readonly template: Readonly<Record<string, Value>>;
}

/**
 * The message `name` that `bytes` hold. Byte strings and tensors are views into `bytes`.
 *
 * Unknown fields are skipped, repeated scalars may be packed or not, the last of several scalars counts, as everywhere in
 * protobuf; a message that occurs more often than it may is refused instead of merged. Throws INVALID_ARGUMENT that names
 * message, field and byte.
 */
export function decodeMessage<Name extends MessageName>(bytes: Uint8Array, name: Name): Message<Name> {
  const messagesLeft = Math.min(FREE_MESSAGES + bytes.length / BYTES_PER_MESSAGE, MAX_MESSAGES);
  const progress = { depth: 0, messagesLeft };
  return readMessage(ByteReader.of(bytes, name), COMPILED[name], progress) as Message<Name>; // the table's types are the table's contents
}

function readMessage(
  reader: ByteReader,
  message: CompiledMessage,
  progress: Progress,
): Readonly<Record<string, Value>> {
  if (++progress.depth > MAX_DEPTH) {
    throw reader.failure(`messages are nested more than ${MAX_DEPTH} deep`);
  }
  takeMessage(reader, progress);
  const { fields } = message;
  const record: Record<string, Value> = { ...message.template };
  while (reader.hasMore) {
    const tag = reader.tag();
    const field = fields[tag >>> 3];
    if (field === undefined) {
      reader.skip(tag);
    } else if ((tag & 7) === field.wireType) {
      readField(record, field, reader, progress);
    } else if ((tag & 7) === WireType.Bytes && field.occurrence === 'many') {
      const values = reader.values(tag);
      while (values.hasMore) {
        append(record, field.name, field.read(values, progress));
      }
    } else {
      reader.skip(tag);
    }
  }
  progress.depth--;
  return record;
}

function takeMessage(reader: ByteReader, progress: Progress): void {
  if (--progress.messagesLeft < 0) {
    throw reader.failure('there are far more messages than files of this size have');
  }
}

function readField(record: Record<string, Value>, field: CompiledField, reader: ByteReader, progress: Progress): void {
  switch (field.occurrence) {
    case 'many':
      append(record, field.name, field.read(reader, progress));
      return;
    case 'map':
      readEntry(record, field, reader.message(`${field.name} entry`), progress);
      return;
    case 'once':
      if (record[field.name] !== undefined && isMessageName(field.kind)) {
        throw reader.failure(`"${field.name}" occurs more than once`);
      }
      record[field.name] = field.read(reader, progress);
  }
}

function readEntry(record: Record<string, Value>, field: CompiledField, entry: ByteReader, progress: Progress): void {
  let key = '';
  let value: Value;
  while (entry.hasMore) {
    const tag = entry.tag();
    if (tag === ENTRY_KEY) {
      key = entry.string();
    } else if (tag === ENTRY_VALUE) {
      value = field.read(entry, progress);
    } else {
      entry.skip(tag);
    }
  }
  const current = record[field.name];
  const map = current === EMPTY_MAP ? new Map<string, Value>() : (current as Map<string, Value>); // a map's field holds nothing else
  record[field.name] = map.set(key, value ?? field.empty());
}

/** A map's entry is a message with these two fields; its values here are strings and messages only. */
const ENTRY_KEY = (1 << 3) | WireType.Bytes;
const ENTRY_VALUE = (2 << 3) | WireType.Bytes;

function append(record: Record<string, Value>, name: string, value: Value): void {
  const current = record[name];
  if (current === EMPTY_LIST) {
    record[name] = [value];
  } else {
    (current as Value[]).push(value); // a repeated field holds nothing else
  }
}

/** Shared by all records until something is added. */
const EMPTY_LIST: readonly Value[] = Object.freeze([]);
const EMPTY_MAP: ReadonlyMap<string, Value> = new Map();
const EMPTY_BYTES = new Uint8Array(0);

const FIRST_STATE: Readonly<Record<Occurrence, Value>> = { once: undefined, many: EMPTY_LIST, map: EMPTY_MAP };

/** Scratch of eight bytes, seen as whatever is read from it. */
const WORDS = new Uint32Array(2);
const SIGNED = new BigInt64Array(WORDS.buffer);
const UNSIGNED = new BigUint64Array(WORDS.buffer);
const BYTES = new Uint8Array(WORDS.buffer);
const FLOAT = new Float32Array(WORDS.buffer);
const DOUBLE = new Float64Array(WORDS.buffer);

interface ScalarCodec {
  readonly wireType: number;
  readonly read: ReadValue;
}

const SCALARS: Readonly<Record<ScalarKind, ScalarCodec>> = {
  string: { wireType: WireType.Bytes, read: (reader) => reader.string() },
  bytes: { wireType: WireType.Bytes, read: readBytes },
  int32: { wireType: WireType.Varint, read: (reader) => reader.uint32() | 0 },
  uint32: { wireType: WireType.Varint, read: (reader) => reader.uint32() },
  int64: { wireType: WireType.Varint, read: (reader) => readVarint(reader, SIGNED) },
  uint64: { wireType: WireType.Varint, read: (reader) => readVarint(reader, UNSIGNED) },
  bool: { wireType: WireType.Varint, read: (reader) => reader.bool() },
  float: { wireType: WireType.Fixed32, read: (reader) => readFixed(reader, 4, FLOAT) },
  double: { wireType: WireType.Fixed64, read: (reader) => readFixed(reader, 8, DOUBLE) },
  fixed32: { wireType: WireType.Fixed32, read: (reader) => readFixed(reader, 4, WORDS) },
  dtype: { wireType: WireType.Varint, read: (reader) => reader.uint32() },
};

/** A view counts as a message: it takes as much. */
function readBytes(reader: ByteReader, progress: Progress): Uint8Array {
  takeMessage(reader, progress);
  return reader.bytes();
}

function readVarint(reader: ByteReader, view: BigInt64Array | BigUint64Array): bigint {
  reader.uint64Into(WORDS, 0);
  return view[0] ?? 0n;
}

function readFixed(reader: ByteReader, size: number, view: Float32Array | Float64Array | Uint32Array): number {
  BYTES.set(reader.raw(size));
  return view[0] ?? 0;
}

/** Every message of the table; filled after it exists, since messages name each other. */
const COMPILED = Object.fromEntries(
  Object.keys(MESSAGES).map((name) => [name, { fields: [], template: {} }]),
) as unknown as Record<MessageName, { fields: CompiledField[]; template: Record<string, Value> }>; // keys are exactly the table's

for (const [name, schema] of Object.entries(MESSAGES) as [
  MessageName,
  Record<string, readonly [number, ScalarKind | MessageName, Occurrence]>,
][]) {
  const message = COMPILED[name];
  for (const [field, [number, kind, occurrence]] of Object.entries(schema)) {
    message.fields[number] = { name: field, kind, occurrence, ...codecOf(kind) };
    message.template[field] = FIRST_STATE[occurrence];
  }
}

function codecOf(kind: ScalarKind | MessageName): Pick<CompiledField, 'wireType' | 'empty' | 'read'> {
  if (!isMessageName(kind)) {
    return { ...SCALARS[kind], empty: () => '' };
  }
  if (kind === 'TensorProto') {
    return { ...SCALARS.bytes, empty: () => EMPTY_BYTES };
  }
  const message = COMPILED[kind];
  return {
    wireType: WireType.Bytes,
    empty: () => ({ ...message.template }),
    read: (reader, progress) => readMessage(reader.message(kind), message, progress),
  };
}
