import { invalidArgument } from '@tensorfleet/core';

/** What file systems allow for one name. */
const MAX_NAME_BYTES = 255;

/**
 * Whether a model may have this name: it is one part of a path and of a URL, so it has no slash, backslash,
 * colon or control character, and it does not begin with a dot (`.`, `..` and staging directories do).
 */
export function isModelName(name: string): boolean {
  return /^[^./:\\\p{Cc}][^/:\\\p{Cc}]*$/u.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES;
}

/** Throws INVALID_ARGUMENT unless `isModelName(name)`. */
export function checkModelName(name: string): void {
  if (!isModelName(name)) {
    const shown = JSON.stringify(name.slice(0, 80));
    throw invalidArgument(
      `${shown} is no model name: 1 to ${MAX_NAME_BYTES} bytes without "/", "\\", ":" and control characters, not beginning with "."`,
    );
  }
}
