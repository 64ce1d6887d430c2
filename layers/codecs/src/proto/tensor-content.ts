import { ARRAY_OF, byteSizeOf, type DataOf, invalidArgument, type NumericDType } from '@tensorfleet/core';
import { ByteReader } from './byte-reader.ts';

/** `tensor_content` of TensorProto: all values of a tensor in one field, little-endian, row-major. Hot file. */

/**
 * The values as a view into `content` in O(1), where its address allows it; where it is not a multiple of the
 * element's size, as one copy. `content` must hold exactly `count` elements; errors call it `what`.
 */
export function readNumericContent(
  dtype: NumericDType,
  count: number,
  content: Uint8Array,
  what = 'TensorProto tensor_content',
): DataOf[NumericDType] {
  const elementBytes = byteSizeOf(dtype);
  if (content.length !== count * elementBytes) {
    throw invalidArgument(
      `${what} has ${content.length} bytes, ${count} elements of ${dtype} need ${count * elementBytes}`,
    );
  }
  if (dtype === 'BOOL') {
    checkTruthValues(content, what);
  }
  const isAligned = content.byteOffset % elementBytes === 0;
  const bytes = isAligned ? content : content.slice(); // a copy starts at a multiple of 8
  return new ARRAY_OF[dtype](bytes.buffer, bytes.byteOffset, count);
}

/** A view cannot turn other bytes into 0 and 1, and engines read a bool byte as it is. */
function checkTruthValues(content: Uint8Array, what: string): void {
  const index = content.findIndex((byte) => byte > 1);
  if (index !== -1) {
    throw invalidArgument(`${what} has the byte ${content[index]} at element ${index} of BOOL`);
  }
}

/**
 * The strings that `content` holds: the varint lengths of all, then their bytes. The strings are views.
 * Each length takes a byte, so `count` is compared with the content before anything is allocated.
 */
export function readStringContent(count: number, content: Uint8Array): Uint8Array[] {
  if (count > content.length) {
    throw invalidArgument(`TensorProto tensor_content has ${content.length} bytes, too few for ${count} strings`);
  }
  const reader = ByteReader.of(content, 'TensorProto tensor_content');
  const lengths = new Uint32Array(count);
  let total = 0;
  for (let index = 0; index < count; index++) {
    const length = reader.length();
    lengths[index] = length;
    total += length;
  }
  if (total !== reader.remaining) {
    throw invalidArgument(
      `TensorProto tensor_content has ${reader.remaining} bytes of strings, their lengths add up to ${total}`,
    );
  }
  return Array.from(lengths, (length) => reader.raw(length));
}
