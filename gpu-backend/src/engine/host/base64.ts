import { invalidArgument } from '@tensorfleet/core';
import { booleanAttribute } from './attributes.ts';
import type { HostOp } from './host-op.ts';
import { bytesOfLatin1, latin1Of, stringMap } from './strings.ts';

/** A whole group of four, its last one or two padded, or no padding at all; a single character holds no byte. */
const WEB_SAFE = /^(?:[\w-]{4})*(?:[\w-]{2}(?:==)?|[\w-]{3}=?)?$/;

/** The web-safe alphabet. */
export const encodeBase64: HostOp = (attributes) => {
  const isPadded = booleanAttribute(attributes, 'pad', false);
  return stringMap((bytes) => {
    const text = Buffer.from(bytes).toString('base64url');
    return bytesOfLatin1(isPadded ? text.padEnd(Math.ceil(text.length / 4) * 4, '=') : text);
  });
};

/** Bits that are left over need not be zero. */
export const decodeBase64: HostOp = () =>
  stringMap((bytes) => {
    const text = latin1Of(bytes);
    if (!WEB_SAFE.test(text) || text.endsWith('\n')) {
      throw invalidArgument(`Invalid character or length found in base64 of ${bytes.length} bytes`);
    }
    return new Uint8Array(Buffer.from(text, 'base64url'));
  });
