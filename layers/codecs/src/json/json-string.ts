// biome-ignore-all lint/style/noNonNullAssertion: a byte past the end reads as undefined, which no comparison below takes for a byte

/** Hot file: the strings of a JSON text, which are most of a body that carries base64 images. */

import { JsonFault, jsonParseError } from './json-error.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const SPACE = 0x20;

/** What the letter after a backslash stands for; 0 where it stands for nothing. */
const ESCAPED_BYTE = new Uint8Array(256);
for (const [letter, byte] of Object.entries({ '"': 0x22, '\\': 0x5c, '/': 0x2f, b: 8, f: 12, n: 10, r: 13, t: 9 })) {
  ESCAPED_BYTE[letter.charCodeAt(0)] = byte;
}

/**
 * Index of the quote that closes the string whose first byte is at `start`. Throws INVALID_ARGUMENT for broken escapes,
 * control characters and half surrogate pairs. UTF-8 is not checked: a string may carry any bytes from 0x20 up.
 */
export function endOfJsonString(source: Uint8Array, start: number): number {
  let i = start;
  for (;;) {
    const byte = source[i]!;
    if (byte === QUOTE) {
      return i;
    }
    if (byte === BACKSLASH) {
      i = endOfEscape(source, i);
    } else if (byte >= SPACE) {
      i++;
    } else {
      // A null byte ends a text for RapidJSON.
      throw jsonParseError(i < source.length && byte !== 0 ? JsonFault.InvalidEscape : JsonFault.MissingQuote, i);
    }
  }
}

/** Index after the escape whose backslash is at `start`. */
function endOfEscape(source: Uint8Array, start: number): number {
  const letter = source[start + 1]!;
  if (letter !== LETTER_U) {
    if (letter === undefined || ESCAPED_BYTE[letter] === 0) {
      throw jsonParseError(JsonFault.InvalidEscape, start);
    }
    return start + 2;
  }
  const unit = hexUnit(source, start + 2, start);
  if (!isSurrogate(unit)) {
    return start + 6;
  }
  const paired = source[start + 6] === BACKSLASH && source[start + 7] === LETTER_U;
  if (unit >= 0xdc00 || !paired || !isLowSurrogate(hexUnit(source, start + 8, start))) {
    throw jsonParseError(JsonFault.InvalidSurrogate, start);
  }
  return start + 12;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function hexUnit(source: Uint8Array, start: number, escapeStart: number): number {
  let unit = 0;
  for (let i = start; i < start + 4; i++) {
    const digit = Number.parseInt(String.fromCharCode(source[i] ?? 0), 16);
    if (Number.isNaN(digit)) {
      throw jsonParseError(JsonFault.InvalidHexDigit, escapeStart);
    }
    unit = unit * 16 + digit;
  }
  return unit;
}

/** The bytes that the checked string `start..end` stands for; a view of the source where it has no escapes. */
export function jsonStringBytes(source: Uint8Array, start: number, end: number): Uint8Array {
  const raw = source.subarray(start, end);
  let escapeStart = raw.indexOf(BACKSLASH);
  if (escapeStart < 0) {
    return raw;
  }
  const bytes = new Uint8Array(raw.length); // an escape is never shorter than what it stands for
  let from = 0;
  let length = 0;
  while (escapeStart >= 0) {
    bytes.set(raw.subarray(from, escapeStart), length);
    length += escapeStart - from;
    from = endOfEscape(raw, escapeStart);
    length += writeEscape(raw, escapeStart, from, bytes, length);
    escapeStart = raw.indexOf(BACKSLASH, from);
  }
  bytes.set(raw.subarray(from), length);
  return bytes.subarray(0, length + raw.length - from);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Writes what the escape `start..end` stands for; returns its bytes. */
function writeEscape(raw: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  if (end - start === 2) {
    target[at] = ESCAPED_BYTE[raw[start + 1]!]!;
    return 1;
  }
  const units = [hexUnit(raw, start + 2, start)];
  if (end - start === 12) {
    units.push(hexUnit(raw, start + 8, start));
  }
  return encoder.encodeInto(String.fromCharCode(...units), target.subarray(at)).written;
}

/** The checked string as text; invalid UTF-8 becomes U+FFFD. */
export function jsonStringText(source: Uint8Array, start: number, end: number): string {
  return decoder.decode(jsonStringBytes(source, start, end));
}
