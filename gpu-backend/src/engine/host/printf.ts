/** C's printf for floating-point numbers: exact digits, ties to even. */

export type FloatStyle = 'e' | 'f' | 'g';

/** C's default. */
const DEFAULT_PRECISION = 6;

/**
 * The magnitude of a finite number in C's %f, %e or %g, without its sign. `precision`: negative for C's default.
 * `keepsPoint` is C's flag `#`: a point without digits behind it, and %g's trailing zeros, stay.
 */
export function formatFloat(value: number, style: FloatStyle, precision: number, keepsPoint: boolean): string {
  const digits = precision < 0 ? DEFAULT_PRECISION : precision;
  const number = Math.abs(value);
  if (style === 'f') {
    return fixed(number, digits, keepsPoint);
  }
  if (style === 'e') {
    return scientific(number, digits, keepsPoint);
  }
  const significant = Math.max(1, digits);
  const exponent = decimalOf(number, significant - 1).exponent;
  if (exponent < -4 || exponent >= significant) {
    const [mantissa = '', power = ''] = scientific(number, significant - 1, keepsPoint).split('e');
    return `${keepsPoint ? mantissa : withoutZeros(mantissa)}e${power}`;
  }
  const text = fixed(number, significant - 1 - exponent, keepsPoint);
  return keepsPoint ? text : withoutZeros(text);
}

function fixed(number: number, digits: number, keepsPoint: boolean): string {
  const text = String(scaled(number, digits)).padStart(digits + 1, '0');
  return withPoint(text, text.length - digits, keepsPoint);
}

function scientific(number: number, digits: number, keepsPoint: boolean): string {
  const { significand, exponent } = decimalOf(number, digits);
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${withPoint(significand, 1, keepsPoint)}e${exponent < 0 ? '-' : '+'}${power}`;
}

/** `digits` + 1 significant digits, and the exponent of the first. */
function decimalOf(number: number, digits: number): { readonly significand: string; readonly exponent: number } {
  if (number === 0) {
    return { significand: '0'.repeat(digits + 1), exponent: 0 };
  }
  // The shortest text may be rounded up to the next power of ten, and so may the digits asked for.
  let exponent = Number(number.toExponential().split('e')[1]);
  let significand = String(scaled(number, digits - exponent));
  if (significand.length <= digits) {
    exponent--;
    significand = String(scaled(number, digits - exponent));
  }
  if (significand.length > digits + 1) {
    exponent++;
    significand = String(scaled(number, digits - exponent));
  }
  return { significand, exponent };
}

/** The integer nearest to `number` times 10 to the power `power`; of two the even one. */
function scaled(number: number, power: number): bigint {
  const { mantissa, exponent } = binaryOf(number);
  const numerator = mantissa * 2n ** BigInt(Math.max(0, exponent)) * 10n ** BigInt(Math.max(0, power));
  const denominator = 2n ** BigInt(Math.max(0, -exponent)) * 10n ** BigInt(Math.max(0, -power));
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  const roundsUp = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return roundsUp ? quotient + 1n : quotient;
}

/** `number` = mantissa * 2 ^ exponent, exactly. */
export function binaryOf(number: number): { readonly mantissa: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  return { mantissa: biased === 0 ? fraction : fraction | (1n << 52n), exponent: Math.max(1, biased) - 1075 };
}

function withPoint(digits: string, integers: number, keepsPoint: boolean): string {
  const fraction = digits.slice(integers);
  return fraction === '' && !keepsPoint ? digits : `${digits.slice(0, integers)}.${fraction}`;
}

function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0*$/, '') : text;
}
