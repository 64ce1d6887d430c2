// biome-ignore-all lint/style/noNonNullAssertion: a match has as many positions as its program has groups
import { tensor } from '@tensorfleet/core';
import { booleanAttribute, textAttribute } from './attributes.ts';
import type { HostOp } from './host-op.ts';
import { stringAt, stringsAt } from './inputs.ts';
import { characterLength, compileRegex, type RegexProgram } from './regex-program.ts';
import { type Match, searchRegex } from './regex-search.ts';
import { bytesOfText, joinBytes, stringMap } from './strings.ts';

const BACKSLASH = 0x5c;
const ZERO = 0x30;
const NINE = 0x39;
const EMPTY = new Uint8Array(0);

export const staticRegexReplace: HostOp = (attributes) => {
  const program = compileRegex(bytesOfText(textAttribute(attributes, 'pattern')));
  const rewrite = bytesOfText(textAttribute(attributes, 'rewrite'));
  const isGlobal = booleanAttribute(attributes, 'replace_global', true);
  return stringMap((bytes) => replace(program, rewrite, bytes, isGlobal));
};

export const regexReplace: HostOp = (attributes) => {
  const isGlobal = booleanAttribute(attributes, 'replace_global', true);
  const compile = rememberLast(compileRegex);
  return (inputs) => {
    const program = compile(stringAt(inputs, 1, 'Pattern'));
    const rewrite = stringAt(inputs, 2, 'Rewrite');
    return stringMap((bytes) => replace(program, rewrite, bytes, isGlobal))(inputs);
  };
};

export const staticRegexFullMatch: HostOp = (attributes) => {
  const program = compileRegex(bytesOfText(textAttribute(attributes, 'pattern')));
  return (inputs) => {
    const { shape, data } = stringsAt(inputs, 0);
    return [
      tensor(
        'BOOL',
        shape,
        Uint8Array.from(data, (bytes) => Number(isFullMatch(program, bytes))),
      ),
    ];
  };
};

export const regexFullMatch: HostOp = () => {
  const compile = rememberLast(compileRegex);
  return (inputs) => {
    const { shape, data } = stringsAt(inputs, 0);
    const program = compile(stringAt(inputs, 1, 'Pattern'));
    return [
      tensor(
        'BOOL',
        shape,
        Uint8Array.from(data, (bytes) => Number(isFullMatch(program, bytes))),
      ),
    ];
  };
};

function isFullMatch(program: RegexProgram, bytes: Uint8Array): boolean {
  return searchRegex(program, bytes, 0, true) !== undefined;
}

/** Patterns are inputs of these ops, and nearly always the same one. */
function rememberLast(compile: (pattern: Uint8Array) => RegexProgram): (pattern: Uint8Array) => RegexProgram {
  let last: { readonly pattern: Buffer; readonly program: RegexProgram } | undefined;
  return (pattern) => {
    if (last === undefined || !last.pattern.equals(pattern)) {
      last = { pattern: Buffer.from(pattern), program: compile(pattern) };
    }
    return last.program;
  };
}

/** A rewrite that names a group which the pattern does not have replaces nothing. */
function replace(program: RegexProgram, rewrite: Uint8Array, bytes: Uint8Array, isGlobal: boolean): Uint8Array {
  if (rewrite.some((byte, index) => groupAt(rewrite, index, byte) > program.groups)) {
    return bytes;
  }
  return isGlobal ? replaceAll(program, rewrite, bytes) : replaceFirst(program, rewrite, bytes);
}

function groupAt(rewrite: Uint8Array, index: number, byte: number): number {
  const isDigit = byte >= ZERO && byte <= NINE;
  return isDigit && isEscaped(rewrite, index) ? byte - ZERO : 0;
}

function isEscaped(rewrite: Uint8Array, index: number): boolean {
  let backslashes = 0;
  while (rewrite[index - 1 - backslashes] === BACKSLASH) {
    backslashes++;
  }
  return backslashes % 2 === 1;
}

function replaceFirst(program: RegexProgram, rewrite: Uint8Array, bytes: Uint8Array): Uint8Array {
  const match = searchRegex(program, bytes, 0, false);
  const { parts, isComplete } =
    match === undefined ? { parts: [], isComplete: false } : rewritten(rewrite, bytes, match);
  return match === undefined || !isComplete
    ? bytes
    : joinBytes([bytes.subarray(0, match[0]), ...parts, bytes.subarray(match[1])], EMPTY);
}

/** As RE2: an empty match right behind a match is passed over with the character that follows. */
function replaceAll(program: RegexProgram, rewrite: Uint8Array, bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  let lastEnd = -1;
  while (at <= bytes.length) {
    const match = searchRegex(program, bytes, at, false);
    if (match === undefined) {
      break;
    }
    const start = match[0]!;
    const end = match[1]!;
    parts.push(bytes.subarray(at, start));
    if (start === lastEnd && end === start) {
      const next = at + Math.max(1, characterLength(bytes, at));
      parts.push(bytes.subarray(at, next));
      at = next;
      continue;
    }
    parts.push(...rewritten(rewrite, bytes, match).parts);
    at = end;
    lastEnd = end;
  }
  return lastEnd === -1 ? bytes : joinBytes([...parts, bytes.subarray(at)], EMPTY);
}

interface Rewritten {
  readonly parts: readonly Uint8Array[];
  /** False when the rewrite has an escape that RE2 does not know: the parts end before it. */
  readonly isComplete: boolean;
}

function rewritten(rewrite: Uint8Array, bytes: Uint8Array, match: Match): Rewritten {
  const parts: Uint8Array[] = [];
  for (let index = 0; index < rewrite.length; index++) {
    if (rewrite[index] !== BACKSLASH) {
      parts.push(rewrite.subarray(index, index + 1));
      continue;
    }
    index++;
    const escaped = rewrite[index] ?? 0;
    if (escaped === BACKSLASH) {
      parts.push(rewrite.subarray(index, index + 1));
    } else if (escaped >= ZERO && escaped <= NINE) {
      const group = 2 * (escaped - ZERO);
      parts.push(match[group] === -1 ? EMPTY : bytes.subarray(match[group], match[group + 1]));
    } else {
      return { parts, isComplete: false };
    }
  }
  return { parts, isComplete: true };
}
