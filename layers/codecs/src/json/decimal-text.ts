// biome-ignore-all lint/style/noNonNullAssertion: indexes of the table of powers are bounded by the checks before them

/**
 * Hot file: floats as text. TensorFlow Serving prints `%g` with 6 digits where that reads back as the same value, else
 * with all digits that the dtype may need, and appends `.0` to what looks like an integer.
 *
 * The bet: outputs are float32 below 10^6. From 10^-4 on the value times a power of ten is exact in a double, so its
 * digits are plain integer arithmetic; below, they are so unless the product is next to a tie.
 */

import { bfloat16Bits, bfloat16Value } from '@tensorfleet/core';

export type FloatDType = 'FP16' | 'BF16' | 'FP32' | 'FP64';

const SHORT_DIGITS = 6;

/** Digits that tell every value of the dtype from its neighbours. */
const MAX_DIGITS: Readonly<Record<FloatDType, number>> = { FP16: 6, BF16: 6, FP32: 9, FP64: 17 };

const ROUND: Readonly<Record<FloatDType, (value: number) => number>> = {
  FP16: Math.f16round,
  BF16: (value) => bfloat16Value(bfloat16Bits(value)),
  FP32: Math.fround,
  FP64: (value) => value,
};

/** A float as TensorFlow Serving prints it: `0.2`, `3.0`, `9e+06`, `NaN`, `-Infinity`. `value` is one of the dtype's. */
export function formatDecimal(value: number, dtype: FloatDType): string {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  const short = formatGeneral(value, SHORT_DIGITS);
  const text = ROUND[dtype](Number(short)) === value ? short : formatGeneral(value, MAX_DIGITS[dtype]);
  return text.includes('.') || text.includes('e') ? text : `${text}.0`;
}

/** C's `%.<digits>g` of a finite number. */
function formatGeneral(value: number, digits: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa, exponent] = roundToDigits(Math.abs(value), digits);
  const significant = mantissa.replace(/0+$/, '') || '0';
  if (exponent < -4 || exponent >= digits) {
    const power = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
    return `${sign}${withPoint(significant, 1)}e${power}`;
  }
  const text =
    exponent < 0
      ? `0.${'0'.repeat(-exponent - 1)}${significant}`
      : withPoint(significant.padEnd(exponent + 1, '0'), exponent + 1);
  return sign + text;
}

function withPoint(digits: string, integers: number): string {
  return digits.length > integers ? `${digits.slice(0, integers)}.${digits.slice(integers)}` : digits;
}

/** The first `digits` decimal digits of a number >= 0 and the exponent of the first; ties go to even, as in C. */
function roundToDigits(value: number, digits: number): readonly [string, number] {
  const [rounded, exponent] = splitExponential(value.toExponential(digits - 1));
  const [longer] = splitExponential(value.toExponential(digits));
  if (longer.endsWith('5') && isEven(longer.at(-2)) && isExact(value, longer)) {
    return [longer.slice(0, -1), exponent]; // JavaScript rounds ties up
  }
  return [rounded, exponent];
}

function splitExponential(text: string): readonly [string, number] {
  const [mantissa = '', exponent = ''] = text.split('e');
  return [mantissa.replace('.', ''), Number(exponent)];
}

function isEven(digit: string | undefined): boolean {
  return Number(digit) % 2 === 0;
}

/** Whether `digits` are all that `value` has; a tie of doubles shows within the 101 digits JavaScript prints. */
function isExact(value: number, digits: string): boolean {
  const [all] = splitExponential(value.toExponential(100));
  return all.startsWith(digits) && /^0*$/.test(all.slice(digits.length));
}

const POWERS_OF_TEN = Float64Array.from({ length: 54 }, (_, exponent) => Number(`1e${exponent}`));
const ZERO = 0x30;
const POINT = 0x2e;
const MINUS = 0x2d;
const LETTER_E = 0x65;

/**
 * Writes what `formatDecimal` gives at `target[at]`; returns its bytes, or 0 where only the slow way knows the digits.
 * `target` has room for 16 bytes.
 */
export function writeShortDecimal(value: number, dtype: FloatDType, target: Uint8Array, at: number): number {
  const magnitude = Math.abs(value);
  if (!(magnitude >= 1e-4 && magnitude < 1e6)) {
    return magnitude > 0 && magnitude < 1e-4 && dtype !== 'FP64' ? writeSmallDecimal(value, dtype, target, at) : 0;
  }
  let decimals = SHORT_DIGITS - 1;
  for (let bound = 10; magnitude >= bound; bound *= 10) {
    decimals--;
  }
  for (let scaled = magnitude; scaled < 1; scaled *= 10) {
    decimals++;
  }
  let digits = roundToEven(magnitude * POWERS_OF_TEN[decimals]!);
  if (ROUND[dtype](digits / POWERS_OF_TEN[decimals]!) !== magnitude) {
    if (dtype !== 'FP32') {
      return 0;
    }
    decimals += MAX_DIGITS.FP32 - SHORT_DIGITS;
    digits = roundToEven(magnitude * POWERS_OF_TEN[decimals]!); // exact: 24 bits times 5^12 fit in 53
  }
  return writeDigits(value < 0, digits, decimals, target, at);
}

/** More than the relative error of a product or quotient with a rounded power of ten. */
const QUOTIENT_ERROR = 2 ** -50;
/** More than the error of such a product that is below 10^9. */
const PRODUCT_ERROR = 2 ** -18;

/** Values below 10^-4, such as most of a softmax: in scientific notation, and only where rounding errors cannot matter. */
function writeSmallDecimal(value: number, dtype: FloatDType, target: Uint8Array, at: number): number {
  const magnitude = Math.abs(value);
  const exponent = Math.floor(Math.log10(magnitude));
  let count = SHORT_DIGITS;
  let digits = roundSafely(magnitude, count, exponent);
  const short = digits / POWERS_OF_TEN[count - 1 - exponent]!;
  const readsBack = ROUND[dtype](short * (1 - QUOTIENT_ERROR)) === magnitude;
  if (Number.isNaN(short) || readsBack !== (ROUND[dtype](short * (1 + QUOTIENT_ERROR)) === magnitude)) {
    return 0;
  }
  if (!readsBack) {
    count = MAX_DIGITS[dtype];
    digits = roundSafely(magnitude, count, exponent);
  }
  return digits > 0 ? writeScientific(value < 0, digits, exponent, target, at) : 0;
}

/** `magnitude` as an integer of `count` digits, the first of which stands for 10^exponent; NaN when in doubt. */
function roundSafely(magnitude: number, count: number, exponent: number): number {
  const scaled = magnitude * POWERS_OF_TEN[count - 1 - exponent]!;
  const digits = Math.floor(scaled + 0.5);
  const isClear = Math.abs(digits - scaled) < 0.5 - PRODUCT_ERROR;
  const hasCount = digits >= POWERS_OF_TEN[count - 1]! && digits < POWERS_OF_TEN[count]!;
  return isClear && hasCount ? digits : Number.NaN;
}

/** Writes `digits` with the point after the first one, without trailing zeros; `exponent` is from -99 to -1. */
function writeScientific(negative: boolean, digits: number, exponent: number, target: Uint8Array, at: number): number {
  let mantissa = digits;
  while (mantissa % 10 === 0) {
    mantissa /= 10;
  }
  let places = 0;
  while (mantissa >= POWERS_OF_TEN[places + 1]!) {
    places++;
  }
  let end = negative ? at + 1 : at;
  if (negative) {
    target[at] = MINUS;
  }
  const first = end;
  end += places === 0 ? 1 : places + 2;
  for (let i = end - 1; i > first + 1; i--) {
    target[i] = ZERO + (mantissa % 10);
    mantissa = Math.floor(mantissa / 10);
  }
  if (places > 0) {
    target[first + 1] = POINT;
  }
  target[first] = ZERO + mantissa;
  target[end++] = LETTER_E;
  target[end++] = MINUS;
  target[end++] = ZERO + Math.floor(-exponent / 10);
  target[end++] = ZERO + (-exponent % 10);
  return end - at;
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** Writes digits / 10^decimals without trailing zeros, with at least one digit on either side of the point. */
function writeDigits(negative: boolean, digits: number, decimals: number, target: Uint8Array, at: number): number {
  let rest = digits;
  let places = decimals;
  while (places > 1 && rest % 10 === 0) {
    rest /= 10;
    places--;
  }
  if (places === 0) {
    rest *= 10;
    places = 1;
  }
  const integers = integerDigits(rest, places);
  const start = negative ? at + 1 : at;
  if (negative) {
    target[at] = MINUS;
  }
  const point = start + integers;
  for (let i = point + places; i >= start; i--) {
    if (i === point) {
      target[i] = POINT;
    } else {
      const next = Math.floor(rest / 10);
      target[i] = ZERO + rest - next * 10;
      rest = next;
    }
  }
  return point + places + 1 - at;
}

/** Digits before the point of digits / 10^places; 1 for a value below 1. */
function integerDigits(digits: number, places: number): number {
  let count = 1;
  while (places + count < POWERS_OF_TEN.length && digits >= POWERS_OF_TEN[places + count]!) {
    count++;
  }
  return count;
}
