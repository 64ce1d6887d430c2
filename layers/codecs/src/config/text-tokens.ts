import { invalidArgument, type StatusError } from '@tensorfleet/core';

export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'symbol' | 'end';
  /** As written; strings with their quotes. */
  readonly text: string;
  /** From 1 on. */
  readonly line: number;
  readonly column: number;
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /0[xX][0-9A-Fa-f]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fF]?/y;
const SPACE = /[ \t\r\f\v]/;
const SYMBOLS = '{}<>[]:;,-./';
/** Of what was found instead, in an error. */
const MAX_SHOWN = 40;

/** The words of a text in protobuf's text format, one at a time. Newlines and comments end words. */
export class TextTokens {
  readonly #text: string;
  readonly #message: string;
  readonly #place: string;
  #offset = 0;
  #line = 1;
  #lineStart = 0;
  #current: Token;

  /** `message`: the type that the text holds; `place`: where the text comes from. Both are for errors. */
  constructor(text: string, message: string, place: string) {
    this.#text = text;
    this.#message = message;
    this.#place = place;
    this.#offset = text.startsWith('\uFEFF') ? 1 : 0;
    this.#lineStart = this.#offset;
    this.#current = this.#scan();
  }

  get current(): Token {
    return this.#current;
  }

  /** The current token; the next one becomes current. */
  take(): Token {
    const token = this.#current;
    this.#current = this.#scan();
    return token;
  }

  /** Whether the current token is this symbol, which is taken then. */
  takeSymbol(symbol: string): boolean {
    const isIt = this.#current.kind === 'symbol' && this.#current.text === symbol;
    if (isIt) {
      this.take();
    }
    return isIt;
  }

  /** INVALID_ARGUMENT with the place of `token`. */
  failure(reason: string, token: Pick<Token, 'line' | 'column'> = this.#current): StatusError {
    const { line, column } = token;
    return invalidArgument(
      `Error parsing text-format ${this.#message}: ${line}:${column}: ${reason} (in ${this.#place})`,
    );
  }

  #scan(): Token {
    this.#skipSpace();
    const { line, column } = this.#here();
    const first = this.#text[this.#offset];
    if (first === undefined) {
      return { kind: 'end', text: '', line, column };
    }
    if (first === '"' || first === "'") {
      return { kind: 'string', text: this.#string(first), line, column };
    }
    const name = this.#match(NAME);
    if (name !== undefined) {
      return { kind: 'name', text: name, line, column };
    }
    const number = this.#match(NUMBER);
    if (number !== undefined) {
      if (this.#match(NAME) !== undefined) {
        throw this.failure(`the number ${number.slice(0, MAX_SHOWN)} runs into letters`, { line, column });
      }
      return { kind: 'number', text: number, line, column };
    }
    if (SYMBOLS.includes(first)) {
      this.#offset += 1;
      return { kind: 'symbol', text: first, line, column };
    }
    throw this.failure(`${JSON.stringify(first)} cannot stand here`, { line, column });
  }

  #here(): Pick<Token, 'line' | 'column'> {
    return { line: this.#line, column: this.#offset - this.#lineStart + 1 };
  }

  #skipSpace(): void {
    for (; this.#offset < this.#text.length; this.#offset++) {
      const character = this.#text[this.#offset] ?? '';
      if (character === '\n') {
        this.#line += 1;
        this.#lineStart = this.#offset + 1;
      } else if (character === '#') {
        const end = this.#text.indexOf('\n', this.#offset);
        this.#offset = (end === -1 ? this.#text.length : end) - 1;
      } else if (!SPACE.test(character)) {
        return;
      }
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const found = pattern.exec(this.#text)?.[0];
    this.#offset += found?.length ?? 0;
    return found;
  }

  #string(quote: string): string {
    const start = this.#offset;
    const begin = this.#here();
    for (this.#offset++; this.#text[this.#offset] !== quote; this.#offset++) {
      const character = this.#text[this.#offset];
      if (character === undefined || character === '\n') {
        throw this.failure(`the string does not end on its line; a line break in it is written \\n`, begin);
      }
      if (character === '\\' && this.#text[this.#offset + 1] !== '\n') {
        this.#offset += 1;
      }
    }
    this.#offset += 1;
    return this.#text.slice(start, this.#offset);
  }
}

/** A token as errors show it. */
export function shown({ kind, text }: Token): string {
  if (kind === 'end') {
    return 'the end of the text';
  }
  const short = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return kind === 'string' ? `the string ${short}` : `"${short}"`;
}
