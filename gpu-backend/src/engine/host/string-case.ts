import { invalidArgument } from '@tensorfleet/core';
import { textAttribute } from './attributes.ts';
import type { HostOp } from './host-op.ts';
import { bytesOfText, stringMap } from './strings.ts';

const UPPER_A = 0x41;
const LOWER_A = 0x61;
const LETTERS = 26;

/** As ICU reads it: every broken sequence is U+FFFD, a byte order mark is a character. */
const LENIENT_UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

export const stringLower: HostOp = (attributes) =>
  caseMap(textAttribute(attributes, 'encoding', ''), UPPER_A, LOWER_A, (text) => text.toLowerCase());

export const stringUpper: HostOp = (attributes) =>
  caseMap(textAttribute(attributes, 'encoding', ''), LOWER_A, UPPER_A, (text) => text.toUpperCase());

/** Without an encoding only ASCII letters change, whatever the bytes around them are. */
function caseMap(encoding: string, from: number, to: number, mapText: (text: string) => string): ReturnType<HostOp> {
  if (encoding === '') {
    return stringMap((bytes) => bytes.map((byte) => (byte >= from && byte < from + LETTERS ? byte - from + to : byte)));
  }
  if (encoding !== 'utf-8') {
    throw invalidArgument(`encoding '${encoding}' is not supported, only 'utf-8' and '' are`);
  }
  return stringMap((bytes) => bytesOfText(mapText(LENIENT_UTF8.decode(beforeNul(bytes)))));
}

/** TensorFlow hands ICU a C string. */
function beforeNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}
