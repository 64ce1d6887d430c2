import type { EnumType, Scalar } from './message-type.ts';
import { bytesOfQuoted } from './text-string.ts';
import { shown, type TextTokens, type Token } from './text-tokens.ts';

const BOOLS: ReadonlyMap<string, boolean> = new Map(
  Object.entries({ true: true, True: true, t: true, false: false, False: false, f: false }),
);
const INTEGER = /^(?:0[xX][0-9A-Fa-f]+|0[0-7]*|[1-9][0-9]*)$/;
const DECIMAL = /^(?!0[xX])(?!0[0-9]+$)/;
const RANGES = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
} as const;
/** Keys and certificates are the longest; an escape takes much more memory than the two characters it is written with. */
const MAX_STRING_CHARACTERS = 2 ** 20;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value of the scalar field `name` at the current token, which is taken. Throws INVALID_ARGUMENT. */
export function parseScalar(tokens: TextTokens, name: string, type: Scalar | EnumType): string | number | boolean {
  if (typeof type !== 'string') {
    return parseEnum(tokens, name, type);
  }
  switch (type) {
    case 'string':
      return parseString(tokens, name);
    case 'bool':
      return parseBool(tokens, name);
    case 'double':
      return parseDouble(tokens, name);
    case 'int32':
    case 'uint32':
    case 'int64':
      return parseInteger(tokens, name, type);
  }
}

/** Strings that follow each other are one. */
function parseString(tokens: TextTokens, name: string): string {
  const first = tokens.current;
  if (first.kind !== 'string') {
    throw tokens.failure(`"${name}" is a string: text in quotes is expected, not ${shown(first)}`);
  }
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (tokens.current.kind === 'string') {
    const token = tokens.take();
    length += token.text.length;
    if (length > MAX_STRING_CHARACTERS) {
      throw tokens.failure(`the string of "${name}" is longer than ${MAX_STRING_CHARACTERS} characters`, first);
    }
    const bytes = bytesOfQuoted(token.text);
    if (typeof bytes === 'string') {
      throw tokens.failure(`${bytes} means nothing in a string`, token);
    }
    for (const piece of bytes) {
      pieces.push(piece);
    }
  }
  try {
    return UTF8.decode(joined(pieces));
  } catch {
    throw tokens.failure(`the string of "${name}" is not UTF-8`, first);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

function parseBool(tokens: TextTokens, name: string): boolean {
  const token = tokens.take();
  const value = token.kind === 'name' ? BOOLS.get(token.text) : undefined;
  const number = token.kind === 'number' && INTEGER.test(token.text) ? integerOf(token.text) : undefined;
  if (value === undefined && number !== 0 && number !== 1) {
    throw tokens.failure(`"${name}" is true or false, not ${shown(token)}`, token);
  }
  return value ?? number === 1;
}

function parseInteger(tokens: TextTokens, name: string, type: keyof typeof RANGES): number {
  const [min, max] = RANGES[type];
  const { value, token } = signed(tokens, ({ kind, text }) =>
    kind === 'number' && INTEGER.test(text) ? integerOf(text) : undefined,
  );
  if (value === undefined) {
    throw tokens.failure(`"${name}" is a whole number, not ${shown(token)}`, token);
  }
  if (!(value >= min && value <= max)) {
    throw tokens.failure(`"${name}" is a whole number from ${min} to ${max}, not ${shown(token)}`, token);
  }
  return value;
}

function parseEnum(tokens: TextTokens, name: string, { name: type, numbers }: EnumType): number {
  const { current } = tokens;
  if (current.kind === 'name') {
    const value = numbers.get(current.text);
    if (value === undefined) {
      throw tokens.failure(`"${name}" is a ${type}: ${[...numbers.keys()].join(', ')}; not ${shown(current)}`);
    }
    tokens.take();
    return value;
  }
  return parseInteger(tokens, name, 'int32');
}

function parseDouble(tokens: TextTokens, name: string): number {
  const { value, token } = signed(tokens, ({ kind, text }) => {
    if (kind === 'number' && DECIMAL.test(text)) {
      return Number(text.replace(/[fF]$/, ''));
    }
    return kind === 'name' ? SPECIAL_NUMBERS.get(text.toLowerCase()) : undefined;
  });
  if (value === undefined) {
    throw tokens.failure(`"${name}" is a number, not ${shown(token)}`, token);
  }
  return value;
}

const SPECIAL_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['nan', Number.NaN],
]);

/** A number after its sign, if there is one; 0 has none. */
function signed(
  tokens: TextTokens,
  read: (token: Token) => number | undefined,
): { readonly value: number | undefined; readonly token: Token } {
  const isNegative = tokens.takeSymbol('-');
  const token = tokens.take();
  const value = read(token);
  return { value: isNegative && value !== undefined && value !== 0 ? -value : value, token };
}

/** Hexadecimal, octal with a leading 0, or decimal. */
function integerOf(text: string): number {
  return /^0[0-7]/.test(text) ? Number.parseInt(text, 8) : Number(text);
}
