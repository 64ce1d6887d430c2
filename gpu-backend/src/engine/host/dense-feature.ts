import {
  type AnyTensor,
  allocate,
  elementCount,
  formatShape,
  invalidArgument,
  resourceExhausted,
  tensor,
} from '@tensorfleet/core';
import { type DenseSpec, type FeatureColumn, fill, missing, wrongCount } from './example-features.ts';
import type { FeatureKind, FeatureValues } from './example-proto.ts';

/** One long feature makes every row as long: a batch of them is refused beyond this many values. */
const MAX_PADDED_VALUES = 2 ** 27;

/** Throws INVALID_ARGUMENT when the default does not fit the shape. */
export function checkDense({ key, shape, fallback }: DenseSpec): void {
  const isVariable = shape[0] === null;
  if (shape.slice(1).includes(null)) {
    throw invalidArgument(`the shape ${formatShape(shape)} of ${key} has unknown inner dimensions`);
  }
  if (isVariable && fallback.data.length !== 1) {
    const got = formatShape(fallback.shape);
    throw invalidArgument(
      `${key} has a variable length: its default must be a single element, but its shape is ${got}`,
    );
  }
  if (!isVariable && fallback.data.length > 0 && formatShape(fallback.shape) !== formatShape(shape)) {
    throw invalidArgument(
      `the default of ${key} is ${formatShape(fallback.shape)}, not compatible with ${formatShape(shape)}`,
    );
  }
}

/** [examples, ...shape]; rows of a variable feature are filled up with its default. */
export function denseBatch(spec: DenseSpec, column: FeatureColumn): AnyTensor {
  if (spec.shape[0] === null) {
    return paddedBatch(spec, column);
  }
  const rows = column.map((values, row) => fixedValues(spec, values, row));
  const shape = [column.length, ...known(spec.shape)];
  return tensorOf(
    spec.kind,
    shape,
    fill(
      allocate(spec.kind, elementCount(shape)),
      rows,
      rows.map((values) => values.length),
    ),
  );
}

/** The feature of a single example, without a batch dimension: its shape, a variable length being its own. */
export function denseSingle(spec: DenseSpec, values: FeatureValues | undefined): AnyTensor {
  if (spec.shape[0] !== null) {
    return tensorOf(spec.kind, known(spec.shape), fixedValues(spec, values, 0));
  }
  const found = values ?? allocate(spec.kind, 0);
  return tensorOf(spec.kind, [lengthOf(spec, found, 0), ...known(spec.shape.slice(1))], found);
}

function paddedBatch(spec: DenseSpec, column: FeatureColumn): AnyTensor {
  const rows = column.map((values) => values ?? allocate(spec.kind, 0));
  const longest = rows.reduce((length, values, row) => Math.max(length, lengthOf(spec, values, row)), 0);
  const inner = known(spec.shape.slice(1));
  const stride = longest * elementCount(inner);
  if (rows.length * stride > MAX_PADDED_VALUES) {
    const size = `${rows.length} examples of ${stride} values`;
    throw resourceExhausted(`feature ${spec.key} has ${size}, the limit is ${MAX_PADDED_VALUES} in all`);
  }
  const [padding] = spec.fallback.data;
  const padded = allocate(spec.kind, rows.length * stride) as unknown as { fill(value: unknown): FeatureValues };
  return tensorOf(
    spec.kind,
    [rows.length, longest, ...inner],
    fill(
      padded.fill(padding),
      rows,
      rows.map(() => stride),
    ),
  );
}

function fixedValues(spec: DenseSpec, values: FeatureValues | undefined, row: number): FeatureValues {
  if (values === undefined) {
    if (spec.fallback.data.length === 0) {
      throw missing(spec);
    }
    return spec.fallback.data as FeatureValues; // its dtype was compared with the kind
  }
  if (values.length !== elementCount(known(spec.shape))) {
    throw wrongCount(spec, row, values.length);
  }
  return values;
}

/** Of a variable feature: its first dimension. */
function lengthOf(spec: DenseSpec, values: FeatureValues, row: number): number {
  const stride = elementCount(known(spec.shape.slice(1)));
  const length = values.length / Math.max(1, stride);
  if (!Number.isInteger(length)) {
    throw wrongCount(spec, row, values.length);
  }
  return length;
}

function known(shape: readonly (number | null)[]): readonly number[] {
  return shape.map((dimension) => dimension ?? 0);
}

export function tensorOf(kind: FeatureKind, shape: readonly number[], values: FeatureValues): AnyTensor {
  return tensor<FeatureKind>(kind, shape, values) as AnyTensor; // values of this kind
}
