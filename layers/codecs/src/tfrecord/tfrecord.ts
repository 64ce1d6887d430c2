import { dataLoss } from '@tensorfleet/core';
import { extendCrc32c, maskCrc32c } from './crc32c.ts';

/**
 * TFRecord files: records one after the other and nothing else. A record is the length of its data (uint64), a masked
 * CRC-32C of these 8 bytes, the data, and a masked CRC-32C of the data; all little-endian.
 */

const LENGTH_BYTES = 8;
export const TFRECORD_HEADER_BYTES = 12;
export const TFRECORD_FOOTER_BYTES = 4;

/** Where a record stands, for errors. */
export interface TfRecordPlace {
  /** Counted from 1. */
  readonly number: number;
  /** Of its first byte in the file. */
  readonly offset: number;
}

/** `data` as one record. */
export function encodeTfRecord(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return encodeCheckedTfRecord(data, extendCrc32c(0, data));
}

/** `encodeTfRecord` for data whose CRC-32C is known. */
export function encodeCheckedTfRecord(data: Uint8Array, crc: number): Uint8Array<ArrayBuffer> {
  const record = new Uint8Array(TFRECORD_HEADER_BYTES + data.length + TFRECORD_FOOTER_BYTES);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(LENGTH_BYTES, maskCrc32c(extendCrc32c(0, record.subarray(0, LENGTH_BYTES))), true);
  record.set(data, TFRECORD_HEADER_BYTES);
  view.setUint32(TFRECORD_HEADER_BYTES + data.length, maskCrc32c(crc), true);
  return record;
}

/**
 * The length of the data of the record that begins with `header`, of which `left` bytes follow in the file, the footer
 * included. Throws DATA_LOSS when the header is cut off or broken, or the file ends before the record does.
 */
export function tfRecordLength(header: Uint8Array, left: number, place: TfRecordPlace): number {
  if (header.length < TFRECORD_HEADER_BYTES) {
    throw truncated(place, TFRECORD_HEADER_BYTES, header.length);
  }
  const view = new DataView(header.buffer, header.byteOffset, TFRECORD_HEADER_BYTES);
  if (view.getUint32(LENGTH_BYTES, true) !== maskCrc32c(extendCrc32c(0, header.subarray(0, LENGTH_BYTES)))) {
    throw corrupted(place, 'the checksum of its length differs');
  }
  const length = Number(view.getBigUint64(0, true));
  const wanted = length + TFRECORD_FOOTER_BYTES;
  if (wanted > left) {
    throw truncated(place, TFRECORD_HEADER_BYTES + wanted, TFRECORD_HEADER_BYTES + left);
  }
  return length;
}

/** Throws DATA_LOSS unless `footer` is that of data whose CRC-32C is `crc`. */
export function checkTfRecordData(crc: number, footer: Uint8Array, place: TfRecordPlace): void {
  const stored = new DataView(footer.buffer, footer.byteOffset, TFRECORD_FOOTER_BYTES).getUint32(0, true);
  if (stored !== maskCrc32c(crc)) {
    throw corrupted(place, 'the checksum of its data differs');
  }
}

/** The data of the records in the bytes of a file, as views. Throws DATA_LOSS at the first record that is broken. */
export function* readTfRecords(bytes: Uint8Array): Generator<Uint8Array> {
  for (let offset = 0, number = 1; offset < bytes.length; number++) {
    const place = { number, offset };
    const start = offset + TFRECORD_HEADER_BYTES;
    const end = start + tfRecordLength(bytes.subarray(offset, start), bytes.length - start, place);
    const data = bytes.subarray(start, end);
    checkTfRecordData(extendCrc32c(0, data), bytes.subarray(end, end + TFRECORD_FOOTER_BYTES), place);
    yield data;
    offset = end + TFRECORD_FOOTER_BYTES;
  }
}

/** TensorFlow's words, and then what and which. */
function corrupted({ number, offset }: TfRecordPlace, reason: string) {
  return dataLoss(`corrupted record at ${offset}: ${reason} (record ${number})`, { record: String(number) });
}

function truncated({ number, offset }: TfRecordPlace, wanted: number, left: number) {
  return dataLoss(`truncated record at ${offset}: it has ${wanted} bytes, ${left} are left (record ${number})`, {
    record: String(number),
  });
}
