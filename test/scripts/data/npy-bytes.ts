import { zipSync } from 'fflate';

/** A .npy file as numpy writes it, for example `npyBytes('<f4', '(2, 3)', data)`. */
export function npyBytes(
  descr: string,
  shape: string,
  data: Uint8Array,
  order: 'True' | 'False' = 'False',
): Uint8Array {
  return npyWithHeader(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`, data);
}

export function npyWithHeader(text: string, data: Uint8Array, claimedBytes?: number): Uint8Array {
  const header = Buffer.from(`${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`, 'latin1');
  const start = Buffer.from('\x93NUMPY\x01\x00\0\0', 'latin1');
  start.writeUInt16LE(claimedBytes ?? header.length, 8);
  return new Uint8Array(Buffer.concat([start, header, data]));
}

export function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

export function npzBytes(arrays: Readonly<Record<string, Uint8Array>>): Uint8Array {
  return zipSync(arrays);
}
