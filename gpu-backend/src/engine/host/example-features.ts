import {
  type AnyTensor,
  allocate,
  type DType,
  formatShape,
  invalidArgument,
  type StatusError,
} from '@tensorfleet/core';
import { type FeatureKind, type FeatureValues, kindOf, readExample, readValues } from './example-proto.ts';

/** One feature that a graph reads. */
export interface FeatureSpec {
  /** One character per byte. */
  readonly key: string;
  readonly kind: FeatureKind;
  /** An empty feature is one without values. Otherwise it is passed over: an earlier one of its key may count. */
  readonly takesEmpty?: boolean;
}

export interface DenseSpec extends FeatureSpec {
  /** The first dimension may be null: as many as there are. */
  readonly shape: readonly (number | null)[];
  /** No elements: the feature is required. */
  readonly fallback: AnyTensor;
}

/** The values of one feature in one example; undefined where it is missing. */
export type FeatureColumn = readonly (FeatureValues | undefined)[];

/** Per spec, in its order, the values in every example. Throws INVALID_ARGUMENT. */
export function readColumns(
  serialized: readonly Uint8Array[],
  specs: readonly FeatureSpec[],
): readonly FeatureColumn[] {
  const indexOf = new Map(specs.map(({ key }, index) => [key, index]));
  if (indexOf.size < specs.length) {
    throw invalidArgument('a key is asked for twice');
  }
  const columns = specs.map((): (FeatureValues | undefined)[] => new Array(serialized.length).fill(undefined));
  for (const [row, bytes] of serialized.entries()) {
    // As in protobuf, the last of several entries with one key counts: backwards it is the first.
    for (const { key, feature } of readExample(bytes).toReversed()) {
      const index = indexOf.get(key);
      const spec = index === undefined ? undefined : specs[index];
      const column = index === undefined ? undefined : columns[index];
      if (spec === undefined || column === undefined) {
        continue;
      }
      const kind = kindOf(feature) ?? (spec.takesEmpty ? spec.kind : undefined);
      if (kind === undefined || column[row] !== undefined) {
        continue;
      }
      if (kind !== spec.kind) {
        throw failure(spec, row, `Data types don't match. Data type: ${kind} but expected type: ${spec.kind}`);
      }
      column[row] = feature.length === 0 ? allocate(kind, 0) : readValues(feature, kind, key);
    }
  }
  return columns;
}

/** The kind that a graph asks for. Throws INVALID_ARGUMENT for dtypes that features cannot have. */
export function featureKind(dtype: DType): FeatureKind {
  if (dtype !== 'STRING' && dtype !== 'FP32' && dtype !== 'INT64') {
    throw invalidArgument(`features are STRING, FP32 or INT64, not ${dtype}`);
  }
  return dtype;
}

export function failure({ key }: FeatureSpec, row: number, reason: string): StatusError {
  return invalidArgument(`Key: ${key}, Index: ${row}.  ${reason}`);
}

export function missing({ key, kind }: FeatureSpec): StatusError {
  return invalidArgument(`Feature: ${key} (data type: ${kind}) is required but could not be found.`);
}

export function wrongCount(spec: DenseSpec, row: number, count: number): StatusError {
  const shape = formatShape(spec.shape);
  return failure(
    spec,
    row,
    `Number of ${spec.kind} values != expected.  Values size: ${count} but output shape: ${shape}`,
  );
}

/** All values of `parts`, one part behind the other. */
export function concatenate(kind: FeatureKind, parts: readonly FeatureValues[]): FeatureValues {
  return fill(
    allocate(
      kind,
      parts.reduce((sum, part) => sum + part.length, 0),
    ),
    parts,
    parts.map((part) => part.length),
  );
}

/** Writes part after part into `target`, each into a stride of its own length. */
export function fill(
  target: FeatureValues,
  parts: readonly FeatureValues[],
  strides: readonly number[],
): FeatureValues {
  const writable = target as unknown as Record<number, unknown>; // all three kinds of parts are written by index
  let start = 0;
  for (const [index, part] of parts.entries()) {
    for (let at = 0; at < part.length; at++) {
      writable[start + at] = part[at];
    }
    start += strides[index] ?? 0;
  }
  return target;
}
