import { unimplemented } from '@tensorfleet/core';
import { ByteReader } from '../proto/byte-reader.ts';
import { WireType } from '../proto/wire.ts';
import { ElementBudget, MessageBuilder } from './message-builder.ts';
import type { EnumType, FieldType, MessageType, Scalar } from './message-type.ts';

/** The message of this type in `bytes`, protobuf's binary form. Unknown fields are skipped. Throws INVALID_ARGUMENT. */
export function decodeConfigMessage<T>(type: MessageType<T>, bytes: Uint8Array): T {
  const builder = new MessageBuilder(type, new ElementBudget());
  readFields(ByteReader.of(bytes, type.name), builder);
  return builder.build() as T; // by the type that was given
}

function readFields(reader: ByteReader, builder: MessageBuilder): void {
  const byNumber = new Map(Array.from(builder.type.fields, ([name, field]) => [field.number, { name, field }]));
  while (reader.hasMore) {
    const tag = reader.tag();
    const known = byNumber.get(tag >>> 3);
    if (known === undefined || !readField(reader, tag, builder, known.name, known.field)) {
      reader.skip(tag);
    }
  }
}

/** Whether the field was read: one of another wire type is an unknown field. */
function readField(reader: ByteReader, tag: number, builder: MessageBuilder, name: string, field: FieldType): boolean {
  const { type } = field;
  const wireType = tag & 7;
  if (type === 'opaque') {
    builder.add(name, field, true);
    return false;
  }
  if (typeof type === 'string' || type.kind === 'enum') {
    return readScalars(reader, tag, type, (value) => builder.add(name, field, value), field.form === 'repeated');
  }
  if (wireType !== WireType.Bytes) {
    return false;
  }
  if (type.kind === 'any') {
    throw unimplemented(`${builder.type.name} is read from its text format only`);
  }
  readFields(reader.message(type.name), builder.child(name, field, type));
  return true;
}

function readScalars(
  reader: ByteReader,
  tag: number,
  type: Scalar | EnumType,
  add: (value: string | number | boolean) => void,
  isRepeated: boolean,
): boolean {
  const wireType = tag & 7;
  const own = wireTypeOf(type);
  if (wireType === own) {
    add(readScalar(reader, type));
    return true;
  }
  if (!isRepeated || wireType !== WireType.Bytes) {
    return false;
  }
  for (const values = reader.values(tag); values.hasMore; ) {
    add(readScalar(values, type));
  }
  return true;
}

function wireTypeOf(type: Scalar | EnumType): WireType {
  return type === 'string' ? WireType.Bytes : type === 'double' ? WireType.Fixed64 : WireType.Varint;
}

function readScalar(reader: ByteReader, type: Scalar | EnumType): string | number | boolean {
  switch (type) {
    case 'string':
      return reader.string();
    case 'bool':
      return reader.bool();
    case 'double': {
      const bytes = reader.raw(8);
      return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
    }
    case 'uint32':
      return reader.uint32();
    case 'int64':
      return reader.safeInt64();
    default: // int32 and enums
      return reader.uint32() | 0;
  }
}
