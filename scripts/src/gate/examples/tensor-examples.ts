import {
  type AnyTensor,
  elementCount,
  failedPrecondition,
  formatShape,
  invalidArgument,
  type NamedTensors,
  notFound,
  tensor,
} from '@tensorfleet/core';
import { outputsFromJson } from '../../fleet/outputs-from-json.ts';
import type { GateData } from '../gate-config.ts';
import type { Examples, Statement } from './examples.ts';

type TensorData = Extract<GateData, { readonly kind: 'tensors' }>;

/**
 * One example per row of the arrays: [n, ...] each. A row is sent as a tensor [1, ...], and all values of the outputs
 * are compared with those of the targets. Throws NOT_FOUND for a missing array, INVALID_ARGUMENT for arrays of different
 * lengths, without rows, or of targets that are no numbers.
 */
export function tensorExamples(arrays: NamedTensors, { inputs, targets, equalWithin }: TensorData): Examples {
  const rowsOf = byName(inputs, arrays);
  const wanted = byName(targets, arrays);
  const count = commonCount(new Map([...rowsOf, ...wanted]));
  const truths = new Map([...wanted].map(([name, array]) => [name, numbersOf(name, array)] as const));
  const [onlyName = ''] = targets.keys();
  return {
    count,
    kind: 'values',
    async ask(target, spec, index, options) {
      const tensors = new Map([...rowsOf].map(([name, array]) => [name, rowOf(array, index)] as const));
      const { json, version } = await target.predict(spec, { kind: 'arrays', tensors }, options);
      const outputs = outputsFromJson(json, onlyName);
      return { said: saidOf(outputs, truths, count), version };
    },
    truth: (index) => joined([...truths.values()].map((values) => valuesOf(values, index, count))),
    isEqual: (left, right) => isWithin(left, right, equalWithin),
    picture: () => undefined,
  };
}

function byName(names: ReadonlyMap<string, string>, arrays: NamedTensors): ReadonlyMap<string, AnyTensor> {
  return new Map(
    [...names].map(([name, array]) => {
      const found = arrays.get(array);
      if (found === undefined) {
        throw notFound(`the data set has no array "${array}", it has ${[...arrays.keys()].toSorted().join(', ')}`);
      }
      return [name, found] as const;
    }),
  );
}

function commonCount(arrays: NamedTensors): number {
  const counts = new Set([...arrays.values()].map(({ shape }) => shape[0] ?? 0));
  const [count = 0] = counts;
  if (counts.size !== 1 || count === 0) {
    const shapes = [...arrays].map(([name, { shape }]) => `${name} ${formatShape(shape)}`).join(', ');
    throw invalidArgument(`the data set wants arrays with the same number of rows, at least one, it has ${shapes}`);
  }
  return count;
}

function numbersOf(name: string, { dtype, data }: AnyTensor): Float64Array {
  if (dtype === 'STRING' || dtype === 'BF16' || dtype === 'FP16') {
    throw invalidArgument(`the target "${name}" is ${dtype}, targets are FP32, FP64, whole numbers or booleans`);
  }
  return Float64Array.from(data as ArrayLike<number | bigint>, Number); // all others
}

function rowOf({ dtype, shape, data }: AnyTensor, index: number): AnyTensor {
  const row = [1, ...shape.slice(1)];
  const size = elementCount(row);
  return tensor(dtype, row, data.slice(index * size, (index + 1) * size)) as AnyTensor; // of the same dtype
}

function valuesOf(values: Float64Array, index: number, count: number): Float64Array {
  const size = values.length / count;
  return values.subarray(index * size, (index + 1) * size);
}

function saidOf(outputs: NamedTensors, truths: ReadonlyMap<string, Float64Array>, count: number): Statement {
  return joined(
    [...truths].map(([name, values]) => {
      const output = outputs.get(name);
      const size = values.length / count;
      if (output === undefined) {
        throw failedPrecondition(
          `the answer has no output "${name}" of numbers, it has ${[...outputs.keys()].join(', ')}`,
        );
      }
      if (output.data.length !== size) {
        throw failedPrecondition(`output "${name}" has ${output.data.length} values, the target of an example ${size}`);
      }
      return output.data as Float64Array; // outputsFromJson gives FP64
    }),
  );
}

function joined(parts: readonly Float64Array[]): Statement {
  const [first = new Float64Array()] = parts;
  return { kind: 'values', values: parts.length === 1 ? first : Float64Array.from(parts.flatMap((part) => [...part])) };
}

/** NaN is near NaN: both versions said that they do not know. */
function isWithin(left: Statement, right: Statement, tolerance: number): boolean {
  return (
    left.kind === 'values' &&
    right.kind === 'values' &&
    left.values.length === right.values.length &&
    left.values.every(
      (value, i) => Object.is(value, right.values[i]) || Math.abs(value - (right.values[i] ?? 0)) <= tolerance,
    )
  );
}
