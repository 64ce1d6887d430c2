// biome-ignore-all lint/style/noNonNullAssertion: indices come from the counts of what they index
import { type AnyTensor, formatShape, invalidArgument, tensor, unimplemented } from '@tensorfleet/core';
import { booleanAttribute, numberAttribute, textAttribute } from './attributes.ts';
import { fingerprint64, fingerprintCat64 } from './farm-hash.ts';
import type { HostAttributes, HostOp } from './host-op.ts';
import { checkRank, inputAt, integersOf } from './inputs.ts';
import { integerTensor } from './outputs.ts';
import { bytesOfText, joinBytes } from './strings.ts';

type Feature = Uint8Array | bigint;

/** [row][position] */
type Column = readonly (readonly Feature[])[];

/**
 * Inputs: the indices of N sparse columns, their values, their shapes, dense columns [rows, features]. Outputs:
 * indices, values and shape of a sparse tensor with every combination of one feature from each column, row by row.
 */
export const sparseCross: HostOp = (attributes) => {
  const sparse = numberAttribute(attributes, 'N');
  const internal = textAttribute(attributes, 'internal_type');
  const cross = crosser(attributes, internal);
  return (inputs) => {
    if (internal === 'STRING' && [...inputs.slice(sparse, 2 * sparse), ...inputs.slice(3 * sparse)].some(isInteger)) {
      throw invalidArgument('a column is INT64, with internal_type STRING all have to be STRING');
    }
    const dense = inputs.slice(3 * sparse).map(denseColumn);
    const columns = [...Array.from({ length: sparse }, (_, at) => sparseColumn(inputs, at, sparse)), ...dense];
    const rows = columns[0]?.length ?? 0;
    if (columns.some((column) => column.length !== rows)) {
      throw invalidArgument(
        `the columns have ${columns.map((column) => column.length)} rows, they should have the same`,
      );
    }
    const crossed = Array.from({ length: rows }, (_, row) =>
      combinations(columns.map((column) => column[row]!)).map(cross),
    );
    const indices = crossed.flatMap((row, at) => row.flatMap((_, position) => [at, position]));
    const values = crossed.flat();
    const width = crossed.reduce((most, row) => Math.max(most, row.length), 0);
    return [
      integerTensor('INT64', [values.length, 2], indices),
      outputOf(values, attributes),
      integerTensor('INT64', [2], [rows, width]),
    ];
  };
};

function outputOf(values: readonly Feature[], attributes: HostAttributes): AnyTensor {
  return booleanAttribute(attributes, 'hashed_output')
    ? tensor('INT64', [values.length], BigInt64Array.from(values as bigint[]))
    : tensor('STRING', [values.length], values as Uint8Array[]);
}

/** Hashes, or strings joined by "_X_". */
function crosser(attributes: HostAttributes, internal: string): (features: readonly Feature[]) => Feature {
  const isHashed = booleanAttribute(attributes, 'hashed_output');
  if (!isHashed && internal !== 'STRING') {
    throw unimplemented(`internal_type ${internal} is only supported when hashed_output is true`);
  }
  if (!isHashed) {
    return (features) => joinBytes(features as readonly Uint8Array[], SEPARATOR); // of STRING columns
  }
  const [key, buckets] = [numberAttribute(attributes, 'hash_key'), numberAttribute(attributes, 'num_buckets')];
  if (!Number.isSafeInteger(key) || !Number.isSafeInteger(buckets) || buckets < 0) {
    throw unimplemented(`hash_key ${key} and num_buckets ${buckets} have to be within 2^53`);
  }
  const divisor = buckets === 0 ? 2n ** 63n - 1n : BigInt(buckets);
  const hashOf = (one: Feature): bigint => (typeof one === 'bigint' ? one : fingerprint64(one));
  return (features) =>
    features.reduce<bigint>((hash, one) => fingerprintCat64(hash, hashOf(one)), BigInt(key)) % divisor;
}

const SEPARATOR = bytesOfText('_X_');

/** One of each; the last changes fastest. */
function combinations<T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return lists.reduce<readonly (readonly T[])[]>(
    (made, list) => made.flatMap((start) => list.map((one) => [...start, one])),
    [[]],
  );
}

function denseColumn(input: AnyTensor): Column {
  checkRank(input, 2, 'dense input');
  const [rows = 0, width = 0] = input.shape;
  const features = featuresOf(input);
  return Array.from({ length: rows }, (_, row) => features.slice(row * width, (row + 1) * width));
}

function sparseColumn(inputs: readonly AnyTensor[], at: number, count: number): Column {
  const [indices, values, shape] = [0, 1, 2].map((part) => inputAt(inputs, part * count + at)) as [
    AnyTensor,
    AnyTensor,
    AnyTensor,
  ];
  checkRank(indices, 2, 'indices');
  checkRank(values, 1, 'values');
  checkRank(shape, 1, 'shape');
  const [entries = 0, rank = 0] = indices.shape;
  const [rows = 0] = integersOf(shape);
  if (entries !== values.data.length || rank !== 2 || shape.data.length !== 2) {
    throw invalidArgument(`indices ${formatShape(indices.shape)} do not fit ${values.data.length} values of a matrix`);
  }
  const features = featuresOf(values);
  const places = integersOf(indices);
  let next = 0;
  return Array.from({ length: rows }, (_, row) => {
    const start = next;
    while (next < entries && places[2 * next] === row) {
      next++;
    }
    return features.slice(start, next);
  });
}

function isInteger({ dtype }: AnyTensor): boolean {
  return dtype === 'INT64';
}

function featuresOf(input: AnyTensor): readonly Feature[] {
  if (input.dtype !== 'STRING' && input.dtype !== 'INT64') {
    throw invalidArgument(`a column is ${input.dtype}, it has to be STRING or INT64`);
  }
  return [...input.data];
}
