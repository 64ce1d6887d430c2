import { type Tensor, tensor } from '@tensorfleet/core';
import type { HostKernel } from './host-op.ts';
import { stringsAt } from './inputs.ts';

/** Byte strings without their characters: text of one character (0 to 255) per byte. */
export function latin1Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function bytesOfLatin1(text: string): Uint8Array {
  return viewOf(Buffer.from(text, 'latin1'));
}

export function bytesOfText(text: string): Uint8Array {
  return UTF8.encode(text);
}

export function joinBytes(parts: readonly Uint8Array[], separator: Uint8Array): Uint8Array {
  const pieces = parts.flatMap((part, index) => (index === 0 || separator.length === 0 ? [part] : [separator, part]));
  return viewOf(Buffer.concat(pieces));
}

/** A kernel that maps the strings of its first input one by one. */
export function stringMap(map: (bytes: Uint8Array) => Uint8Array): HostKernel {
  return (inputs) => {
    const input: Tensor<'STRING'> = stringsAt(inputs, 0);
    return [tensor('STRING', input.shape, input.data.map(map))];
  };
}

/** What C's isspace says in the locale "C". */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

/** `bytes` without white space at its ends. A view. */
export function trimSpace(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  while (start < end && isSpace(bytes[start])) {
    start++;
  }
  while (end > start && isSpace(bytes[end - 1])) {
    end--;
  }
  return bytes.subarray(start, end);
}

const UTF8 = new TextEncoder();

function viewOf(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
