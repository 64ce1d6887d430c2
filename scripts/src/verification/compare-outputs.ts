import { type AnyTensor, bfloat16Value, formatShape, type NamedTensors } from '@tensorfleet/core';

/** Floats are equal when they are `atol + rtol x |expected|` apart at most. Everything else is compared exactly. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** What two engines gave for one output. */
export interface OutputComparison {
  readonly output: string;
  /** `FP32[1,10]`, as TensorFlow gave it. */
  readonly type: string;
  readonly elements: number;
  /** Elements that are further apart than allowed. */
  readonly differing: number;
  /** Of all elements; null for strings. */
  readonly maxAbsolute: number | null;
  /** Of the elements that are not 0 in TensorFlow; null for strings. */
  readonly maxRelative: number | null;
  /** What is wrong with the output as a whole, or its first differing element; null when nothing is. */
  readonly problem: string | null;
}

/** One comparison for each output of either side, by name. */
export function compareOutputs(
  actual: NamedTensors,
  expected: NamedTensors,
  toleranceOf: (tensor: AnyTensor) => Tolerance,
): readonly OutputComparison[] {
  const names = [...new Set([...expected.keys(), ...actual.keys()])].toSorted();
  return names.map((name) => {
    const is = actual.get(name);
    const should = expected.get(name);
    return is === undefined || should === undefined
      ? whole(name, should ?? is, `only ${should === undefined ? 'the converted model' : 'TensorFlow'} has it`)
      : compareTensors(name, is, should, toleranceOf(should));
  });
}

function compareTensors(output: string, is: AnyTensor, should: AnyTensor, tolerance: Tolerance): OutputComparison {
  if (typeOf(is) !== typeOf(should)) {
    return whole(output, should, `is ${typeOf(is)}`);
  }
  const got = numbersOf(is);
  const want = numbersOf(should);
  return got === undefined || want === undefined
    ? compareStrings(output, is, should)
    : compareNumbers(output, got, want, { tensor: should, tolerance });
}

function whole(output: string, tensor: AnyTensor | undefined, problem: string): OutputComparison {
  const elements = tensor?.data.length ?? 0;
  const type = tensor === undefined ? '' : typeOf(tensor);
  return { output, type, elements, differing: elements, maxAbsolute: null, maxRelative: null, problem };
}

function typeOf({ dtype, shape }: AnyTensor): string {
  return `${dtype}${formatShape(shape)}`;
}

/** Undefined for strings. Numbers of 64 bits stay bigints: as doubles, neighbours would be equal. */
function numbersOf(tensor: AnyTensor): ArrayLike<number> | ArrayLike<bigint> | undefined {
  switch (tensor.dtype) {
    case 'STRING':
      return undefined;
    case 'BF16':
      return Float32Array.from(tensor.data, bfloat16Value);
    default:
      return tensor.data;
  }
}

interface Expected {
  readonly tensor: AnyTensor;
  readonly tolerance: Tolerance;
}

function compareNumbers(
  output: string,
  got: ArrayLike<number> | ArrayLike<bigint>,
  want: ArrayLike<number> | ArrayLike<bigint>,
  { tensor, tolerance: { rtol, atol } }: Expected,
): OutputComparison {
  const isFloat = /^(FP|BF)/.test(tensor.dtype);
  let differing = 0;
  let maxAbsolute = 0;
  let maxRelative = 0;
  let problem: string | null = null;
  for (let index = 0; index < want.length; index++) {
    const is = got[index] ?? 0;
    const should = want[index] ?? 0;
    if (is === should || (Number.isNaN(is) && Number.isNaN(should))) {
      continue;
    }
    const absolute = typeof is === 'bigint' ? Math.abs(Number(is - BigInt(should))) : Math.abs(is - Number(should));
    const size = Math.abs(Number(should));
    // NaN and infinity are as far from a number as can be.
    const distance = Number.isNaN(absolute) ? Number.POSITIVE_INFINITY : absolute;
    maxAbsolute = Math.max(maxAbsolute, distance);
    maxRelative = size === 0 ? maxRelative : Math.max(maxRelative, Number.isFinite(size) ? distance / size : distance);
    if (!isFloat || !Number.isFinite(size) || !(distance <= atol + rtol * size)) {
      differing++;
      problem ??= `${is}, not ${should}, at ${formatShape(coordinatesOf(index, tensor.shape))}`;
    }
  }
  return { output, type: typeOf(tensor), elements: want.length, differing, maxAbsolute, maxRelative, problem };
}

function compareStrings(output: string, is: AnyTensor, should: AnyTensor): OutputComparison {
  const got = is.data as readonly Uint8Array[]; // both are STRING
  const want = should.data as readonly Uint8Array[];
  const differing = want.flatMap((bytes, index) => (Buffer.compare(bytes, got[index] ?? bytes) === 0 ? [] : [index]));
  const [first] = differing;
  const quoted = (bytes: Uint8Array | undefined): string => JSON.stringify(Buffer.from(bytes ?? []).toString('latin1'));
  return {
    output,
    type: typeOf(should),
    elements: want.length,
    differing: differing.length,
    maxAbsolute: null,
    maxRelative: null,
    problem:
      first === undefined
        ? null
        : `${quoted(got[first])}, not ${quoted(want[first])}, at ${formatShape(coordinatesOf(first, should.shape))}`,
  };
}

function coordinatesOf(index: number, shape: readonly number[]): readonly number[] {
  let rest = index;
  const reversed = shape.toReversed().map((size) => {
    const coordinate = rest % size;
    rest = Math.floor(rest / size);
    return coordinate;
  });
  return reversed.toReversed();
}
