import { type AnyTensor, bfloat16Value, formatShape } from '@tensorfleet/core';
import { expect } from 'vitest';

/** Two numbers are equal when they are `atol + rtol x |expected|` apart at most; NaN equals NaN. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
  /** Whether 0 and -0 are different; they are equal otherwise. */
  readonly signedZero?: boolean;
}

export const EXACT: Tolerance = { rtol: 0, atol: 0 };

/** Fails with the first differing element, the number of them and the largest relative error. */
export function expectTensorsClose(actual: AnyTensor | undefined, expected: AnyTensor, tolerance: Tolerance): void {
  const found = differenceOf(actual, expected, tolerance);
  if (found !== undefined) {
    expect.fail(found);
  }
}

/** What is different, in one line; undefined when nothing is. Strings, integers and booleans are compared exactly. */
export function differenceOf(
  actual: AnyTensor | undefined,
  expected: AnyTensor,
  tolerance: Tolerance,
): string | undefined {
  if (actual === undefined) {
    return 'is missing';
  }
  if (actual.dtype !== expected.dtype || formatShape(actual.shape) !== formatShape(expected.shape)) {
    return `is ${typeOf(actual)}, not ${typeOf(expected)}`;
  }
  if (actual.data.length !== expected.data.length) {
    return `has ${actual.data.length} elements, not ${expected.data.length}`;
  }
  const got = numbersOf(actual);
  const want = numbersOf(expected);
  return got === undefined || want === undefined
    ? exactDifference(actual, expected)
    : numericDifference(got, want, expected, tolerance);
}

function typeOf({ dtype, shape }: AnyTensor): string {
  return `${dtype}${formatShape(shape)}`;
}

/** The elements of a floating point tensor; undefined for the other dtypes. */
function numbersOf(tensor: AnyTensor): ArrayLike<number> | undefined {
  switch (tensor.dtype) {
    case 'FP16':
    case 'FP32':
    case 'FP64':
      return tensor.data;
    case 'BF16':
      return Float32Array.from(tensor.data, bfloat16Value);
    default:
      return undefined;
  }
}

function exactDifference(actual: AnyTensor, expected: AnyTensor): string | undefined {
  const differing = indicesWhere(expected.data.length, (index) => {
    return printed(actual.data[index]) !== printed(expected.data[index]);
  });
  return reportOf(
    differing,
    expected,
    (index) => `${printed(actual.data[index])}, not ${printed(expected.data[index])}`,
  );
}

function printed(element: unknown): string {
  return element instanceof Uint8Array ? JSON.stringify(Buffer.from(element).toString('latin1')) : String(element);
}

function numericDifference(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  expected: AnyTensor,
  { rtol, atol, signedZero = false }: Tolerance,
): string | undefined {
  const isClose = (is: number, should: number): boolean => {
    if (Object.is(is, should)) {
      return true;
    }
    if (is === should) {
      return !signedZero;
    }
    // An infinite number would tolerate everything.
    return Number.isFinite(should) && Math.abs(is - should) <= atol + rtol * Math.abs(should);
  };
  const differing = indicesWhere(want.length, (index) => !isClose(got[index]!, want[index]!));
  const errors = differing.map((index) => Math.abs(got[index]! - want[index]!) / Math.abs(want[index]!));
  const largest = errors.reduce((most, error) => (error > most ? error : most), 0);
  const report = reportOf(differing, expected, (index) => `${format(got[index]!)}, not ${format(want[index]!)}`);
  return report && `${report}; largest relative error ${largest.toPrecision(2)}, allowed ${rtol} (or ${atol} in all)`;
}

function format(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function indicesWhere(length: number, differs: (index: number) => boolean): number[] {
  return Array.from({ length }, (_, index) => index).filter(differs);
}

function reportOf(
  differing: readonly number[],
  expected: AnyTensor,
  describe: (index: number) => string,
): string | undefined {
  const first = differing[0];
  if (first === undefined) {
    return undefined;
  }
  const place = formatShape(coordinatesOf(first, expected.shape));
  return `${typeOf(expected)} at ${place} is ${describe(first)}; ${differing.length} of ${expected.data.length} differ`;
}

function coordinatesOf(index: number, shape: readonly number[]): number[] {
  let rest = index;
  return shape
    .toReversed()
    .map((size) => {
      const coordinate = rest % size;
      rest = Math.floor(rest / size);
      return coordinate;
    })
    .toReversed();
}
