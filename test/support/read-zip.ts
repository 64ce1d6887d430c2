import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_HEADER_BYTES = 30;

/** The files in a zip archive without a comment, as its central directory lists them. */
export function readZip(path: string): ReadonlyMap<string, Buffer> {
  const zip = readFileSync(path);
  const end = zip.length - END_BYTES;
  if (zip.readUInt32LE(end) !== END_OF_DIRECTORY) {
    throw new Error(`${path} is no zip archive`);
  }
  const files = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const name = zip.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes!);
    files.set(name, readEntry(zip, at));
    at += ENTRY_BYTES + nameBytes! + extraBytes! + commentBytes!;
  }
  return files;
}

function readEntry(zip: Buffer, at: number): Buffer {
  const isStored = zip.readUInt16LE(at + 10) === 0;
  const local = zip.readUInt32LE(at + 42);
  const start = local + LOCAL_HEADER_BYTES + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20));
  return isStored ? packed : inflateRawSync(packed);
}

/** Writes the files of an archive under `directory`. */
export function unzip(path: string, directory: string): void {
  for (const [name, bytes] of readZip(path)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), bytes);
  }
}
