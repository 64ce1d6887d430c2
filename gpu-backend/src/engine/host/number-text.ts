import { invalidArgument, type StatusError } from '@tensorfleet/core';
import { binaryOf } from './printf.ts';

/** Numbers as C's strtof, strtod and strtoll read them, when nothing but white space stands around them. */

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/;
const HEXADECIMAL = /^([+-]?)0x([\da-f]*)\.?([\da-f]*)(?:p([+-]?\d+))?$/;
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['nan', Number.NaN],
]);
/** Hexadecimal digits whose value a double holds exactly, whatever the first one is. */
const MAX_HEX_DIGITS = 13;
/** Of hexadecimal numbers: what keeps a double exact. */
const MAX_HEX_EXPONENT = 900;
const INTEGER = /^[+-]?\d+$/;

/** `text` as the nearest double; undefined when it is no number. Beyond the range: infinite, or 0. */
export function parseDouble(text: string): number | undefined {
  const lower = text.toLowerCase();
  const special = SPECIAL.get(lower.replace(/^[+-]/, ''));
  if (special !== undefined) {
    return lower.startsWith('-') ? -special : special;
  }
  return DECIMAL.test(lower) ? Number(lower) : parseHexadecimal(lower);
}

/** `text` as the nearest float32, rounded once. */
export function parseFloat32(text: string): number | undefined {
  const double = parseDouble(text);
  if (double === undefined) {
    return undefined;
  }
  const single = Math.fround(double);
  const other = otherNeighbour(double, single);
  if (other === undefined) {
    return single;
  }
  const side = compareMagnitude(text, double);
  const wantsLarger = side > 0;
  const isLarger = Math.abs(single) > Math.abs(other);
  return side === 0 || wantsLarger === isLarger ? single : other;
}

/** `text` as an integer; undefined when it is none or has more digits than any 64-bit integer but for zeros. */
export function parseInteger(text: string): bigint | undefined {
  const digits = text.replace(/^([+-]?)0+(?=\d)/, '$1');
  return INTEGER.test(digits) && digits.length <= 21 ? BigInt(digits.replace(/^\+/, '')) : undefined;
}

export function notANumber(text: string): StatusError {
  return invalidArgument(`StringToNumberOp could not correctly convert string: ${text}`);
}

function parseHexadecimal(text: string): number | undefined {
  const match = HEXADECIMAL.exec(text);
  const [, sign = '', integer = '', fraction = '', power = '0'] = match ?? [];
  const digits = integer + fraction;
  if (match === null || digits === '') {
    return undefined;
  }
  const exponent = Number(power) - 4 * fraction.length;
  if (digits.replace(/^0+/, '').length > MAX_HEX_DIGITS || Math.abs(exponent) > MAX_HEX_EXPONENT) {
    throw invalidArgument(`the hexadecimal number ${text} has too many digits or too large an exponent`);
  }
  const value = Number.parseInt(digits, 16) * 2 ** exponent;
  return sign === '-' ? -value : value;
}

/** When `double` lies halfway between two float32 numbers: the one that is not `single`. */
function otherNeighbour(double: number, single: number): number | undefined {
  if (double === single || Number.isNaN(double)) {
    return undefined;
  }
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  float[0] = single;
  bits[0] = (bits[0] ?? 0) + (Math.abs(double) > Math.abs(single) ? 1 : -1);
  const other = float[0] ?? 0;
  const finite = (value: number): number => (Number.isFinite(value) ? value : Math.sign(value) * 2 ** 128);
  return Math.abs(double - finite(single)) === Math.abs(finite(other) - double) ? other : undefined;
}

/** The sign of |text| - |double|, exactly. Hexadecimal numbers are exact already. */
function compareMagnitude(text: string, double: number): number {
  const match = /^[+-]?(\d*)\.?(\d*)(?:e([+-]?\d+))?$/.exec(text.toLowerCase());
  if (match === null) {
    return 0;
  }
  const [, integer = '', fraction = '', power = '0'] = match;
  const { mantissa, exponent } = binaryOf(Math.abs(double));
  const tens = Number(power) - fraction.length;
  const left = BigInt(integer + fraction) * 10n ** BigInt(Math.max(0, tens)) * 2n ** BigInt(Math.max(0, -exponent));
  const right = mantissa * 2n ** BigInt(Math.max(0, exponent)) * 10n ** BigInt(Math.max(0, -tens));
  return left === right ? 0 : left > right ? 1 : -1;
}
