import { invalidArgument, type StatusError } from '@tensorfleet/core';

const SPACES = new Set([0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d]);
const NEWLINE = 0x0a;
const HASH = 0x23;
const BACKSLASH = 0x5c;
const QUOTES = new Set([0x22, 0x27]);

/** One-letter escapes of strings; the rest are octal, hexadecimal and Unicode. */
const ESCAPES: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['v', 11],
  ['\\', 92],
  ["'", 39],
  ['"', 34],
  ['?', 63],
]);

const ASCII = new TextDecoder('latin1');
const UTF8 = new TextEncoder();

/** The longest name or number; a file that is one long word is refused before it becomes a string. */
const MAX_WORD_BYTES = 4096;

/**
 * The tokens of protobuf's text format, over bytes that may be anything: names, numbers, strings and signs, with spaces
 * and comments between them left out. Throws INVALID_ARGUMENT that names the line.
 */
export class TextScanner {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#skipSpace();
  }

  get atEnd(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  /** The next byte as a character; empty at the end. */
  get next(): string {
    return this.atEnd ? '' : String.fromCharCode(this.#bytes[this.#offset] ?? 0);
  }

  get atString(): boolean {
    return QUOTES.has(this.#bytes[this.#offset] ?? 0);
  }

  failure(reason: string): StatusError {
    let line = 1;
    for (let index = 0; index < this.#offset; index++) {
      line += this.#bytes[index] === NEWLINE ? 1 : 0;
    }
    return invalidArgument(`line ${line}: ${reason}`);
  }

  /** Takes one of the one-character signs, if it is next. */
  accept(signs: string): string | undefined {
    const { next } = this;
    if (next === '' || !signs.includes(next)) {
      return undefined;
    }
    this.#offset++;
    this.#skipSpace();
    return next;
  }

  expect(sign: string): void {
    if (this.accept(sign) === undefined) {
      throw this.failure(`"${sign}" is wanted, ${this.#found()}`);
    }
  }

  /** A name, a keyword or a number without its sign. */
  word(): string {
    const start = this.#offset;
    while (isWordByte(this.#bytes[this.#offset]) || this.#atExponentSign(start)) {
      this.#offset++;
    }
    const length = this.#offset - start;
    if (length === 0 || length > MAX_WORD_BYTES) {
      throw this.failure(length === 0 ? `a name or a value is wanted, ${this.#found()}` : 'a word is too long');
    }
    const word = ASCII.decode(this.#bytes.subarray(start, this.#offset));
    this.#skipSpace();
    return word;
  }

  /** The bytes of one or several strings in a row, which count as one. */
  string(): Uint8Array {
    const parts: Uint8Array[] = [];
    while (this.atString) {
      parts.push(this.#literal());
      this.#skipSpace();
    }
    if (parts.length === 0) {
      throw this.failure(`a string is wanted, ${this.#found()}`);
    }
    return parts.length === 1 ? (parts[0] ?? new Uint8Array(0)) : Buffer.concat(parts);
  }

  /** Signs belong to a number's exponent only, and hexadecimal numbers have none. */
  #atExponentSign(start: number): boolean {
    const sign = this.#bytes[this.#offset];
    const before = this.#bytes[this.#offset - 1];
    return (
      (sign === 0x2b || sign === 0x2d) &&
      (before === 0x65 || before === 0x45) &&
      this.#offset - 1 > start &&
      isNumberStart(this.#bytes[start]) &&
      !isHexadecimal(this.#bytes, start)
    );
  }

  #literal(): Uint8Array {
    const quote = this.#bytes[this.#offset++];
    const start = this.#offset;
    let end = start;
    while (end < this.#bytes.length && this.#bytes[end] !== quote && this.#bytes[end] !== NEWLINE) {
      end += this.#bytes[end] === BACKSLASH ? 2 : 1;
    }
    if (end >= this.#bytes.length || this.#bytes[end] !== quote) {
      throw this.failure('a string has no end');
    }
    const raw = this.#bytes.subarray(start, end);
    const value = raw.includes(BACKSLASH) ? this.#unescape(raw) : raw;
    this.#offset = end + 1;
    return value;
  }

  #unescape(raw: Uint8Array): Uint8Array {
    const out = new Uint8Array(raw.length); // no escape is shorter than what it stands for
    let size = 0;
    for (let index = 0; index < raw.length; ) {
      const byte = raw[index] ?? 0;
      if (byte !== BACKSLASH) {
        out[size++] = byte;
        index++;
        continue;
      }
      const text = ASCII.decode(raw.subarray(index + 1, index + 10));
      const { value, length } = this.#escape(text);
      out.set(value, size);
      size += value.length;
      index += 1 + length;
    }
    return out.subarray(0, size);
  }

  /** What the escape at the beginning of `text` stands for, and its length. */
  #escape(text: string): { readonly value: Uint8Array; readonly length: number } {
    const simple = ESCAPES.get(text.charAt(0));
    if (simple !== undefined) {
      return { value: Uint8Array.of(simple), length: 1 };
    }
    const octal = /^[0-7]{1,3}/.exec(text)?.[0];
    if (octal !== undefined) {
      return { value: Uint8Array.of(Number.parseInt(octal, 8)), length: octal.length };
    }
    const hexadecimal = /^[xX][0-9a-fA-F]{1,2}/.exec(text)?.[0];
    if (hexadecimal !== undefined) {
      return { value: Uint8Array.of(Number.parseInt(hexadecimal.slice(1), 16)), length: hexadecimal.length };
    }
    const unicode = /^(?:u[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})/.exec(text)?.[0];
    if (unicode !== undefined) {
      return {
        value: UTF8.encode(String.fromCodePoint(Number.parseInt(unicode.slice(1), 16))),
        length: unicode.length,
      };
    }
    throw this.failure('a string has an unknown escape');
  }

  #skipSpace(): void {
    for (;;) {
      const byte = this.#bytes[this.#offset];
      if (byte === HASH) {
        const end = this.#bytes.indexOf(NEWLINE, this.#offset);
        this.#offset = end === -1 ? this.#bytes.length : end;
      } else if (byte !== undefined && SPACES.has(byte)) {
        this.#offset++;
      } else {
        return;
      }
    }
  }

  #found(): string {
    return this.atEnd ? 'the text ends' : `${JSON.stringify(this.next)} is there`;
  }
}

function isNumberStart(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || byte === 0x2e);
}

function isHexadecimal(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === 0x30 && ((bytes[start + 1] ?? 0) | 0x20) === 0x78;
}

/** Letters, digits, `_` and `.` */
function isWordByte(byte: number | undefined): boolean {
  if (byte === undefined) {
    return false;
  }
  const letter = byte | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x5f || byte === 0x2e;
}
