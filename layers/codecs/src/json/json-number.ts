// biome-ignore-all lint/style/noNonNullAssertion: a byte past the end reads as undefined, which no comparison below takes for a digit

/**
 * Hot file: the numbers of a JSON text. The bet: nearly all bytes of a big body are digits of short or double-precision
 * decimals, and reading them without making a string is several times faster than Number(text). Values are always
 * exactly those of Number(text), which takes over wherever the short ways below cannot prove their result.
 */

import { JsonFault, jsonParseError } from './json-error.ts';
import { NumberKind } from './json-value.ts';

const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_E = 0x65;
const LOWER_CASE = 0x20;

/** A quotient by one of these is rounded once: powers of ten up to 10^22 are exact doubles. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const MAX_EXACT_POWER = POWERS_OF_TEN.length - 1;

/** From here on a ninth digit has been read. */
const HIGH_IS_FULL = 1e8;
const MAX_LOW_DIGITS = 9;

/** Decimal digits of 2^64. */
const MAX_INTEGER_DIGITS = 20;
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

/** Numbers in reading order, in columns that grow. */
export class NumberColumns {
  values: Float64Array;
  kinds: Uint8Array;
  readonly bigIntegers = new Map<number, bigint>();
  count = 0;

  constructor(capacity: number) {
    this.values = new Float64Array(capacity);
    this.kinds = new Uint8Array(capacity);
  }

  /** Appends the number that starts at `start`; returns the index after it. Throws INVALID_ARGUMENT. */
  read(source: Uint8Array, start: number): number {
    const negative = source[start] === MINUS;
    let i = negative ? start + 1 : start;
    let byte = source[i]!;
    // The significant digits are two int32: the first nine in `high`, `lowDigits` more in `low`.
    let high = 0;
    let low = 0;
    let lowDigits = 0;
    if (byte === ZERO) {
      byte = source[++i]!;
    } else if (byte > ZERO && byte <= NINE) {
      do {
        if (high < HIGH_IS_FULL) {
          high = (high * 10 + byte - ZERO) | 0;
        } else {
          low = (low * 10 + byte - ZERO) | 0;
          lowDigits++;
        }
        byte = source[++i]!;
      } while (byte >= ZERO && byte <= NINE);
    } else {
      return this.#readNotFinite(source, i, negative);
    }
    if (byte !== DOT && (byte | LOWER_CASE) !== LETTER_E) {
      this.#appendInteger(source, start, i, negative, decimal(high, low, lowDigits, 0));
      return i;
    }
    let decimals = 0;
    if (byte === DOT) {
      const fraction = ++i;
      byte = source[i]!;
      while (byte >= ZERO && byte <= NINE) {
        if (high < HIGH_IS_FULL) {
          high = (high * 10 + byte - ZERO) | 0;
        } else {
          low = (low * 10 + byte - ZERO) | 0;
          lowDigits++;
        }
        byte = source[++i]!;
      }
      decimals = i - fraction;
      if (decimals === 0) {
        throw jsonParseError(JsonFault.MissingFraction, i);
      }
    }
    if ((byte | LOWER_CASE) === LETTER_E) {
      const exponent = i + 1;
      i = endOfExponent(source, exponent);
      decimals -= exponentOf(source, exponent, i);
    }
    const magnitude = decimal(high, low, lowDigits, decimals);
    const value = magnitude >= 0 ? magnitude : Math.abs(finiteNumber(source, start, i));
    this.#append(negative ? -value : value, NumberKind.Real);
    return i;
  }

  #append(value: number, kind: number): void {
    if (this.count === this.values.length) {
      this.#grow();
    }
    this.values[this.count] = value;
    this.kinds[this.count++] = kind;
  }

  #grow(): void {
    const capacity = this.values.length * 2;
    const values = new Float64Array(capacity);
    const kinds = new Uint8Array(capacity);
    values.set(this.values);
    kinds.set(this.kinds);
    this.values = values;
    this.kinds = kinds;
  }

  #appendInteger(source: Uint8Array, start: number, end: number, negative: boolean, magnitude: number): void {
    if (magnitude <= Number.MAX_SAFE_INTEGER) {
      this.#append(negative ? -magnitude : magnitude, NumberKind.Integer);
      return;
    }
    const exact = end - start <= MAX_INTEGER_DIGITS + 1 ? BigInt(asciiText(source, start, end)) : undefined;
    if (exact !== undefined && exact >= INT64_MIN && exact <= UINT64_MAX) {
      this.bigIntegers.set(this.count, exact);
      this.#append(Number(exact), NumberKind.BigInteger);
    } else {
      this.#append(finiteNumber(source, start, end), NumberKind.Real);
    }
  }

  #readNotFinite(source: Uint8Array, start: number, negative: boolean): number {
    const nanEnd = endOfWord(source, start, 'NaN');
    const infinityEnd = endOfWord(source, start, 'Infinity');
    if (nanEnd === start + 'NaN'.length) {
      this.#append(Number.NaN, NumberKind.Real);
      return nanEnd;
    }
    if (infinityEnd === start + 'Infinity'.length || infinityEnd === start + 'Inf'.length) {
      this.#append(negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY, NumberKind.Real);
      return infinityEnd;
    }
    throw jsonParseError(JsonFault.InvalidValue, Math.max(nanEnd, infinityEnd));
  }
}

/** Index of the first byte from `start` on that differs from `word`, or after the word. */
export function endOfWord(source: Uint8Array, start: number, word: string): number {
  let length = 0;
  while (length < word.length && source[start + length] === word.charCodeAt(length)) {
    length++;
  }
  return start + length;
}

function endOfExponent(source: Uint8Array, start: number): number {
  let i = source[start] === PLUS || source[start] === MINUS ? start + 1 : start;
  const digits = i;
  while (source[i]! >= ZERO && source[i]! <= NINE) {
    i++;
  }
  if (i === digits) {
    throw jsonParseError(JsonFault.MissingExponent, i);
  }
  return i;
}

/** The exponent `start..end`, sign and digits; infinite where it has hundreds of digits. */
function exponentOf(source: Uint8Array, start: number, end: number): number {
  let exponent = 0;
  for (let i = start; i < end; i++) {
    const byte = source[i]!;
    if (byte >= ZERO) {
      exponent = exponent * 10 + (byte - ZERO);
    }
  }
  return source[start] === MINUS ? -exponent : exponent;
}

/** The value of significant digits divided by 10^decimals; NaN where only Number() knows it. */
function decimal(high: number, low: number, lowDigits: number, decimals: number): number {
  if (!(decimals >= 0 && decimals <= MAX_EXACT_POWER && lowDigits <= MAX_LOW_DIGITS)) {
    return Number.NaN;
  }
  const top = high * POWERS_OF_TEN[lowDigits]!; // exact: 30 bits times 5^9
  const mantissa = top + low;
  return mantissa <= Number.MAX_SAFE_INTEGER
    ? mantissa / POWERS_OF_TEN[decimals]!
    : divide(mantissa, low - (mantissa - top), POWERS_OF_TEN[decimals]!);
}

const DEKKER = 2 ** 27 + 1;
/** Widens the remainder by far more than its own error before it is asked whether it could change the rounding. */
const MARGIN = 1 + 2 ** -20;

/**
 * The double nearest to (sum + sumError) / divisor, or NaN where that is too close to a tie to tell. The product of
 * quotient and divisor is exact by Dekker's splitting, so that the error of the quotient is known to about 2^-100.
 */
function divide(sum: number, sumError: number, divisor: number): number {
  const quotient = sum / divisor;
  const product = quotient * divisor;
  const quotientSplit = quotient * DEKKER;
  const quotientTop = quotientSplit - (quotientSplit - quotient);
  const quotientBottom = quotient - quotientTop;
  const divisorSplit = divisor * DEKKER;
  const divisorTop = divisorSplit - (divisorSplit - divisor);
  const divisorBottom = divisor - divisorTop;
  const topError = quotientTop * divisorTop - product;
  const productError =
    topError + quotientTop * divisorBottom + quotientBottom * divisorTop + quotientBottom * divisorBottom;
  const correction = (sum - product - productError + sumError) / divisor;
  const value = quotient + correction;
  const rest = correction - (value - quotient);
  return value + rest * MARGIN === value ? value : Number.NaN;
}

/** The slow way, which is right for every text. */
function finiteNumber(source: Uint8Array, start: number, end: number): number {
  const value = Number(asciiText(source, start, end));
  if (!Number.isFinite(value)) {
    throw jsonParseError(JsonFault.NumberTooBig, start);
  }
  return value;
}

const latin1 = new TextDecoder('latin1');
/** Up to here arguments are faster than a decoder; far beyond they would overflow the stack. */
const MAX_ARGUMENTS = 64;

function asciiText(source: Uint8Array, start: number, end: number): string {
  const bytes = source.subarray(start, end);
  return bytes.length <= MAX_ARGUMENTS
    ? Reflect.apply(String.fromCharCode, undefined, bytes) // a spread would iterate, six times slower
    : latin1.decode(bytes);
}
