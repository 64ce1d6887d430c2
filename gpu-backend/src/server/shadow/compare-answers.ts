import { type AnyTensor, bfloat16Value, type NamedTensors } from '@tensorfleet/core';
import type { ClassOutput } from './class-output.ts';

/** Numbers are equal when they are this far apart at most: what another engine or precision makes of the same weights. */
const RELATIVE_TOLERANCE = 1e-3;
const ABSOLUTE_TOLERANCE = 1e-5;

/** A single score stands for the second of two classes from here on. */
const EVEN_SCORE = 0.5;

/** Elements between two pauses: well below a millisecond's work. */
const ELEMENTS_PER_PAUSE = 2 ** 17;

/** Whether a row, elements `start` to `end` of its tensor, differs. */
type RowDiffers = (start: number, end: number) => boolean;

interface Comparison {
  readonly elements: number;
  readonly differs: RowDiffers;
}

/**
 * The share of an answer's rows that two versions disagree about, 0 to 1; outputs that do not all have the same first
 * dimension are one row. All of it when outputs, dtypes or shapes are not the same. With a class output, rows
 * differ when their classes do, and by nothing else. Otherwise when one number is beyond 0.1 % (and 1e-5) of the
 * other, or anything else is not the same; NaN equals NaN. `pause` is awaited now and then, so that others get on.
 */
export async function differenceOf(
  answered: NamedTensors,
  mirrored: NamedTensors,
  classOutput: ClassOutput | undefined,
  pause: () => Promise<void>,
): Promise<number> {
  if (!haveSameShape(answered, mirrored)) {
    return 1;
  }
  const rows = classOutput ? classRowsOf(answered.get(classOutput.scores)) : rowsOf(answered);
  const comparisons = classOutput
    ? classComparisons(answered, mirrored, classOutput)
    : Array.from(answered, ([name, tensor]) => valueComparison(tensor, mirrored.get(name)));
  const isDifferent = new Uint8Array(rows);
  let compared = 0;
  for (const { elements, differs } of comparisons) {
    const size = elements / rows;
    for (let row = 0; row < rows; row++) {
      isDifferent[row] ||= differs(row * size, (row + 1) * size) ? 1 : 0;
      compared += size;
      if (compared >= ELEMENTS_PER_PAUSE) {
        compared = 0;
        await pause();
      }
    }
  }
  return rows === 0 ? 0 : isDifferent.reduce((sum, one) => sum + one, 0) / rows;
}

function haveSameShape(answered: NamedTensors, mirrored: NamedTensors): boolean {
  return (
    answered.size === mirrored.size &&
    [...answered].every(([name, { dtype, shape }]) => {
      const other = mirrored.get(name);
      return other?.dtype === dtype && other.shape.join() === shape.join();
    })
  );
}

function rowsOf(outputs: NamedTensors): number {
  const [first = 1, ...others] = new Set(Array.from(outputs.values(), ({ shape }) => shape[0] ?? 1));
  return others.length === 0 ? first : 1;
}

/** Scores without rows, [classes], are those of one. */
function classRowsOf(scores: AnyTensor | undefined): number {
  const [rows = 1, ...rest] = scores?.shape ?? [];
  return rest.length === 0 ? 1 : rows;
}

function classComparisons(answered: NamedTensors, mirrored: NamedTensors, output: ClassOutput): readonly Comparison[] {
  const scores = answered.get(output.scores);
  const others = mirrored.get(output.scores);
  const [own, other] = [numbersOf(scores), numbersOf(others)];
  if (scores === undefined || own === undefined || other === undefined) {
    return [valueComparison(scores, others)];
  }
  const names = output.names === undefined ? undefined : answered.get(output.names);
  const otherNames = output.names === undefined ? undefined : mirrored.get(output.names);
  const classes = scores.shape.at(-1) ?? 1;
  const isSame = (a: number, b: number): boolean =>
    names?.dtype === 'STRING' && otherNames?.dtype === 'STRING'
      ? areEqualBytes(names.data[a], otherNames.data[b])
      : a === b;
  return [
    {
      elements: scores.data.length,
      differs: (start, end) => {
        for (let at = start; at < end; at += classes) {
          if (!isSame(classOf(own, at, classes), classOf(other, at, classes))) {
            return true;
          }
        }
        return false;
      },
    },
  ];
}

/** The index of the highest score, the first of equal ones; NaN is below all. A single score is that of a second class. */
function classOf(scores: ArrayLike<number>, start: number, classes: number): number {
  if (classes === 1) {
    return (scores[start] ?? 0) >= EVEN_SCORE ? start + 1 : start;
  }
  let best = start;
  let highest = Number.NEGATIVE_INFINITY;
  for (let index = start; index < start + classes; index++) {
    const score = scores[index] ?? Number.NaN;
    if (score > highest) {
      highest = score;
      best = index;
    }
  }
  return best;
}

function valueComparison(answered: AnyTensor | undefined, mirrored: AnyTensor | undefined): Comparison {
  const elements = answered?.data.length ?? 0;
  const [own, other] = [numbersOf(answered), numbersOf(mirrored)];
  const isSame = own !== undefined && other !== undefined ? areClose(own, other) : areEqual(answered, mirrored);
  return {
    elements,
    differs: (start, end) => {
      for (let index = start; index < end; index++) {
        if (!isSame(index)) {
          return true;
        }
      }
      return false;
    },
  };
}

function areClose(own: ArrayLike<number>, other: ArrayLike<number>): (index: number) => boolean {
  return (index) => {
    const [a = 0, b = 0] = [own[index], other[index]];
    if (Object.is(a, b) || a === b) {
      return true;
    }
    const larger = Math.max(Math.abs(a), Math.abs(b));
    // An infinite number would tolerate everything.
    return Number.isFinite(larger) && Math.abs(a - b) <= ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * larger;
  };
}

function areEqual(own: AnyTensor | undefined, other: AnyTensor | undefined): (index: number) => boolean {
  return own?.dtype === 'STRING' && other?.dtype === 'STRING'
    ? (index) => areEqualBytes(own.data[index], other.data[index])
    : (index) => own?.data[index] === other?.data[index];
}

function areEqualBytes(own: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return own !== undefined && other !== undefined && Buffer.compare(own, other) === 0;
}

/** The elements of a floating point tensor; undefined for other dtypes. */
function numbersOf(tensor: AnyTensor | undefined): ArrayLike<number> | undefined {
  switch (tensor?.dtype) {
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
