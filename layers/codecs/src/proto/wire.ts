/** The wire format of protobuf: field tags and the sizes of varints. */

/** Groups (3 and 4) are not here: proto3 has none, and a reader that refuses them needs no recursion. */
export const WireType = { Varint: 0, Fixed64: 1, Bytes: 2, Fixed32: 5 } as const;
export type WireType = (typeof WireType)[keyof typeof WireType];

/** What precedes a field on the wire. A known field number with another wire type is an unknown field. */
export function tagOf(field: number, wireType: WireType): number {
  return ((field << 3) | wireType) >>> 0;
}

export function varintTag(field: number): number {
  return tagOf(field, WireType.Varint);
}

export function bytesTag(field: number): number {
  return tagOf(field, WireType.Bytes);
}

export function fixed32Tag(field: number): number {
  return tagOf(field, WireType.Fixed32);
}

/** Bits 0-31 of an integer in two's complement. `value`: any safe integer. */
export function lowWord(value: number): number {
  return value >>> 0;
}

/** Bits 32-63 of an integer in two's complement. `value`: any safe integer. */
export function highWord(value: number): number {
  return Math.floor(value / 0x1_0000_0000) >>> 0;
}

/** Bytes of the varint of the unsigned 64-bit number `high * 2^32 + low`; both words are unsigned. */
export function sizeOfVarint(low: number, high: number): number {
  if (high === 0) {
    return low < 0x80 ? 1 : Math.ceil((32 - Math.clz32(low)) / 7);
  }
  return Math.ceil((64 - Math.clz32(high)) / 7);
}
