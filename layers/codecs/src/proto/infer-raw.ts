import { type AnyTensor, type DataOf, type DType, invalidArgument } from '@tensorfleet/core';
import { readNumericContent } from './tensor-content.ts';
import { asBytes } from './tensor-values.ts';

/** `raw_input_contents` and `raw_output_contents`: row-major, little-endian, strings behind their lengths. Hot file. */

const WHAT = 'raw_input_contents';
/** A 32-bit length precedes each string. */
const LENGTH_BYTES = 4;

/** `count` elements as views into `raw`, which must hold no more and no less. */
export function readRawContents(dtype: DType, count: number, raw: Uint8Array): DataOf[DType] {
  return dtype === 'STRING' ? readStrings(count, raw) : readNumericContent(dtype, count, raw, WHAT);
}

/** Each length takes bytes, so `count` is compared with them before anything is allocated. */
function readStrings(count: number, raw: Uint8Array): Uint8Array[] {
  if (count * LENGTH_BYTES > raw.length) {
    throw invalidArgument(`${WHAT} has ${raw.length} bytes, too few for ${count} strings and their lengths`);
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const strings = new Array<Uint8Array>(count);
  let offset = 0;
  for (let index = 0; index < count; index++) {
    const start = offset + LENGTH_BYTES;
    const left = raw.length - start;
    const length = left < 0 ? 0 : view.getUint32(offset, true);
    if (length > left) {
      throw invalidArgument(`${WHAT} ends within string ${index}: of ${length} bytes ${Math.max(left, 0)} are left`);
    }
    offset = start + length;
    strings[index] = raw.subarray(start, offset);
  }
  if (offset !== raw.length) {
    throw invalidArgument(`${WHAT} has ${raw.length - offset} bytes after its ${count} strings`);
  }
  return strings;
}

/** The same form of a tensor; numbers as they are, no copy. */
export function rawContentsOf(tensor: AnyTensor): Uint8Array {
  if (tensor.dtype !== 'STRING') {
    return asBytes(tensor.data);
  }
  const size = tensor.data.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0);
  const raw = new Uint8Array(size);
  const view = new DataView(raw.buffer);
  let offset = 0;
  for (const string of tensor.data) {
    view.setUint32(offset, string.length, true);
    raw.set(string, offset + LENGTH_BYTES);
    offset += LENGTH_BYTES + string.length;
  }
  return raw;
}
