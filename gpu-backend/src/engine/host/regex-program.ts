// biome-ignore-all lint/style/noNonNullAssertion: hot file, positions are compared with the length before they are read
import { invalidArgument, StatusError } from '@tensorfleet/core';
import { RE2JS } from 're2js';

/** An instruction of the automaton: re2js's, and RE2's, which it is a port of. */
interface Instruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  /** Pairs of code points from and to, or one code point. */
  readonly runes: ArrayLike<number>;
  matchRune(codePoint: number): boolean;
}

/** What re2js makes of a pattern; its types call it `any`. */
interface CompiledProgram {
  readonly inst: readonly Instruction[];
  readonly start: number;
}

/** The numbers of re2js. */
export const Op = { ALT: 1, ALT_MATCH: 2, CAPTURE: 3, EMPTY_WIDTH: 4, FAIL: 5, MATCH: 6, NOP: 7, RUNE: 8 } as const;
/** Instructions of these numbers read a character: RUNE, RUNE1, RUNE_ANY, RUNE_ANY_NOT_NL. */
const LAST_RUNE = 11;

const LAST_CODE_POINT = 0x10_ffff;

export interface RegexStep {
  readonly op: number;
  readonly out: number;
  /** The other way of an ALT, the slot of a CAPTURE, the conditions of an EMPTY_WIDTH. */
  readonly arg: number;
  /** Bytes of the character at `at` when a RUNE step takes it, else 0. */
  readonly width: (bytes: Uint8Array, at: number) => number;
}

export interface RegexProgram {
  readonly steps: readonly RegexStep[];
  readonly start: number;
  /** Groups in parentheses. */
  readonly groups: number;
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The program of a pattern in RE2's syntax. Throws INVALID_ARGUMENT. */
export function compileRegex(pattern: Uint8Array): RegexProgram {
  let compiled: RE2JS;
  try {
    const text = STRICT_UTF8.decode(pattern);
    compiled = RE2JS.compile(text);
    if (text.includes('(?<') && Object.keys(compiled.namedGroups()).length > 0) {
      throw new Error('invalid perl operator: (?<'); // newer than the RE2 in TensorFlow, which has (?P< alone
    }
  } catch (reason) {
    throw invalidArgument(`Invalid pattern: ${StatusError.from(reason).message}`, {}, reason);
  }
  const { inst, start } = compiled.re2().prog as CompiledProgram; // what re2js has run itself
  const steps = inst.map((instruction) => {
    const { op, out, arg } = instruction;
    if (op > LAST_RUNE) {
      throw invalidArgument('Invalid pattern: lookbehinds are not part of RE2');
    }
    return { op: Math.min(op, Op.RUNE), out, arg, width: widthOf(instruction) };
  });
  return { steps, start, groups: compiled.groupCount() };
}

/**
 * RE2 runs over bytes, not characters: what is not UTF-8 matches nothing. One exception: a class that takes all of
 * U+0080 to U+10FFFF is compiled to a simpler automaton, which takes overlong sequences as well.
 */
function widthOf(instruction: Instruction): RegexStep['width'] {
  const { runes } = instruction;
  for (let index = 0; index + 1 < runes.length; index += 2) {
    if (runes[index]! <= 0x80 && runes[index + 1] === LAST_CODE_POINT) {
      return (bytes, at) => {
        const byte = bytes[at]!;
        return byte < 0x80 ? Number(instruction.matchRune(byte)) : sequenceLength(bytes, at);
      };
    }
  }
  return (bytes, at) => {
    const byte = bytes[at]!;
    if (byte < 0x80) {
      return Number(instruction.matchRune(byte));
    }
    const length = sequenceLength(bytes, at);
    return length > 0 && instruction.matchRune(codePointAt(bytes, at, length)) ? length : 0;
  };
}

/** Bytes of a sequence that is built as UTF-8 wants, whatever it encodes; else 0. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  const length = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (at + length > bytes.length) {
    return 0;
  }
  for (let index = 1; index < length; index++) {
    if ((bytes[at + index]! & 0xc0) !== 0x80) {
      return 0;
    }
  }
  return length;
}

const SMALLEST = [0, 0, 0x80, 0x800, 0x1_0000];

/** Surrogates are characters to RE2. -1, which no class takes, for overlong sequences and beyond the last character. */
function codePointAt(bytes: Uint8Array, at: number, length: number): number {
  let codePoint = bytes[at]! & (0xff >> (length + 1));
  for (let index = 1; index < length; index++) {
    codePoint = (codePoint << 6) | (bytes[at + index]! & 0x3f);
  }
  return codePoint < SMALLEST[length]! || codePoint > LAST_CODE_POINT ? -1 : codePoint;
}

/** Bytes of the character at `at`; 0 where there is none. */
export function characterLength(bytes: Uint8Array, at: number): number {
  if (at >= bytes.length) {
    return 0;
  }
  if (bytes[at]! < 0x80) {
    return 1;
  }
  const length = sequenceLength(bytes, at);
  return length > 0 && codePointAt(bytes, at, length) !== -1 ? length : 0;
}
