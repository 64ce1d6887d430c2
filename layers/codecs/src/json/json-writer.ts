import { type FloatDType, formatDecimal, writeShortDecimal } from './decimal-text.ts';

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const SPACE = 0x20;

/** Room for any one number and the white space before it, so that numbers are written without further checks. */
const NUMBER_BYTES = 64;

const SHORT_ESCAPES: ReadonlyMap<number, string> = new Map([
  [QUOTE, '\\"'],
  [BACKSLASH, '\\\\'],
  [0x08, '\\b'],
  [0x0c, '\\f'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
]);

/** How NaN and infinities are written: as words that only lenient parsers take, as null, or as the words in quotes. */
export type NonFiniteNumbers = 'literal' | 'null' | 'string';

interface Level {
  readonly isArray: boolean;
  values: number;
}

const encoder = new TextEncoder();

/**
 * Writes JSON with the white space of RapidJSON's PrettyWriter. Calls follow the structure of the document: inside an
 * object every value follows a `key`.
 */
export class JsonWriter {
  readonly #indent: number;
  readonly #levels: Level[] = [];
  #bytes = new Uint8Array(256);
  #length = 0;
  #afterKey = false;
  /** While true, the elements of arrays stay on one line, separated by a comma and a space. */
  singleLineArrays = false;
  nonFiniteNumbers: NonFiniteNumbers = 'literal';

  /** `indent`: spaces per level. */
  constructor(indent = 4) {
    this.#indent = indent;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** What was written, as a view. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  startObject(): void {
    this.#start(false, '{');
  }

  endObject(): void {
    this.#end('}', true);
  }

  startArray(): void {
    this.#start(true, '[');
  }

  endArray(): void {
    this.#end(']', !this.singleLineArrays);
  }

  key(name: string): void {
    this.#separate();
    this.#quote(encoder.encode(name));
    this.raw(': ');
    this.#afterKey = true;
  }

  /** A string of any bytes from UTF-8 text. */
  string(value: string | Uint8Array): void {
    this.#separate();
    this.#quote(typeof value === 'string' ? encoder.encode(value) : value);
  }

  /** A value that is ASCII text as it is: an integer, a literal. */
  token(text: string): void {
    this.#separate();
    this.raw(text);
  }

  /** A float as TensorFlow Serving prints it, where it is finite; `formatDecimal` says how. */
  decimal(value: number, dtype: FloatDType): void {
    this.#separate();
    this.#reserve(NUMBER_BYTES);
    const length = writeShortDecimal(value, dtype, this.#bytes, this.#length);
    if (length === 0) {
      this.raw(Number.isFinite(value) ? formatDecimal(value, dtype) : this.#nonFinite(value));
    } else {
      this.#length += length;
    }
  }

  /** ASCII text that is no value of its own. */
  raw(ascii: string): void {
    this.#reserve(ascii.length);
    for (let i = 0; i < ascii.length; i++) {
      this.#bytes[this.#length++] = ascii.charCodeAt(i);
    }
  }

  /** Bytes that are a document of their own. */
  embed(json: Uint8Array): void {
    this.#copy(json, 0, json.length);
  }

  #nonFinite(value: number): string {
    switch (this.nonFiniteNumbers) {
      case 'literal':
        return String(value);
      case 'null':
        return 'null';
      case 'string':
        return `"${value}"`;
    }
  }

  #start(isArray: boolean, bracket: string): void {
    this.#separate();
    this.raw(bracket);
    this.#levels.push({ isArray, values: 0 });
  }

  #end(bracket: string, onOwnLine: boolean): void {
    const level = this.#levels.pop();
    if (onOwnLine && level !== undefined && level.values > 0) {
      this.#newLine();
    }
    this.raw(bracket);
  }

  /** What comes between the value or key that follows and what is before it. */
  #separate(): void {
    const level = this.#levels.at(-1);
    if (this.#afterKey || level === undefined) {
      this.#afterKey = false;
      return;
    }
    const staysOnLine = level.isArray && this.singleLineArrays;
    if (level.values++ > 0) {
      this.raw(staysOnLine ? ', ' : ',');
    }
    if (!staysOnLine) {
      this.#newLine();
    }
  }

  #newLine(): void {
    const spaces = this.#indent * this.#levels.length;
    this.#reserve(spaces + 1);
    this.#bytes[this.#length++] = LINE_FEED;
    this.#bytes.fill(SPACE, this.#length, this.#length + spaces);
    this.#length += spaces;
  }

  #quote(text: Uint8Array): void {
    this.raw('"');
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      const byte = text[i] ?? 0;
      if (byte < SPACE || byte === QUOTE || byte === BACKSLASH) {
        this.#copy(text, from, i);
        this.raw(SHORT_ESCAPES.get(byte) ?? `\\u${byte.toString(16).toUpperCase().padStart(4, '0')}`);
        from = i + 1;
      }
    }
    this.#copy(text, from, text.length);
    this.raw('"');
  }

  #copy(text: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    this.#bytes.set(text.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  #reserve(bytes: number): void {
    const wanted = this.#length + bytes;
    if (wanted > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(wanted, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
  }
}
