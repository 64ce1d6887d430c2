import { invalidArgument, type StatusError } from '@tensorfleet/core';

export const IMAGE_FORMATS = ['jpeg', 'png', 'webp'] as const;

/** The formats that can be decoded. */
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

const FORMAT_NAMES: Readonly<Record<ImageFormat, string>> = { jpeg: 'JPEG', png: 'PNG', webp: 'WebP' };

/** What the first bytes of a picture say about it; nothing has been decoded yet. */
export interface ImageHeader {
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
}

/** INVALID_ARGUMENT: bytes of a known format that cannot be read, and why. */
export function unreadable(format: ImageFormat, reason: string, cause?: unknown): StatusError {
  return invalidArgument(`the picture is not a readable ${FORMAT_NAMES[format]}: ${reason}`, { format }, cause);
}

/** A view for reads of more than one byte; shares memory with `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether the ASCII characters of `text` stand at `offset`. */
export function hasAscii(bytes: Uint8Array, offset: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (bytes[offset + i] !== text.charCodeAt(i)) {
      return false;
    }
  }
  return true;
}
