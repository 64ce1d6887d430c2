import {
  type AnyTensor,
  allocate,
  type DType,
  formatShape,
  type NamedTensors,
  type Signature,
  type StatusError,
  type TensorSpec,
} from '@tensorfleet/core';
import type { ManifestExample } from '@tensorfleet/repository';
import { checkDense, denseBatch } from '../../engine/host/dense-feature.ts';
import { type DenseSpec, readColumns } from '../../engine/host/example-features.ts';
import type { FeatureKind } from '../../engine/host/example-proto.ts';
import { bytesOfText, latin1Of } from '../../engine/host/strings.ts';
import { castFeature, takesFeature } from './feature-cast.ts';

/** The inputs of a signature for serialized examples, a row each. Throws INVALID_ARGUMENT for what cannot be read. */
export type ExampleReader = (serialized: readonly Uint8Array[]) => NamedTensors;

/** An error about a key of the manifest, below the signature. */
type Fault = (key: string, problem: string) => StatusError;

interface Feature {
  readonly input: string;
  readonly dtype: DType;
  readonly dense: DenseSpec;
}

const KINDS = { float: 'FP32', int64: 'INT64', bytes: 'STRING' } as const;

/** Throws `fault` unless every input of `runs` has a feature that it can be made of. */
export function exampleReader(
  examples: Readonly<Record<string, ManifestExample>>,
  runs: Signature,
  fault: Fault,
): ExampleReader {
  const given = new Map(Object.entries(examples)); // a model may call an input `constructor`
  const unknown = [...given.keys()].find((input) => !runs.inputs.has(input));
  if (unknown !== undefined) {
    throw fault(
      `examples.${unknown}`,
      `is no input of "${runs.name}", which has ${[...runs.inputs.keys()].join(', ')}`,
    );
  }
  const features = Array.from(runs.inputs, ([input, spec]) => {
    const example = given.get(input);
    if (example === undefined) {
      throw fault(
        `examples.${input}`,
        `is missing: "${runs.name}" has the inputs ${[...runs.inputs.keys()].join(', ')}`,
      );
    }
    return featureOf(input, spec, example, (key, problem) => fault(`examples.${input}.${key}`, problem));
  });
  const keys = features.map(({ dense }) => dense.key);
  const twice = keys.find((key, index) => keys.indexOf(key) < index);
  if (twice !== undefined) {
    throw fault('examples', `has two inputs that are read from the feature "${twice}"`);
  }
  return (serialized) => {
    const columns = readColumns(
      serialized,
      features.map(({ dense }) => dense),
    );
    return new Map(
      features.map(({ input, dtype, dense }, index): [string, AnyTensor] => [
        input,
        castFeature(denseBatch(dense, columns[index] ?? []), dtype, input),
      ]),
    );
  };
}

function featureOf(input: string, spec: TensorSpec, example: ManifestExample, fault: Fault): Feature {
  const kind = example.dtype === undefined ? naturalKind(spec.dtype) : KINDS[example.dtype];
  if (!takesFeature(spec.dtype, kind)) {
    throw fault('dtype', `is "${example.dtype}", which the input's dtype ${spec.dtype} is not made of`);
  }
  const shape = example.shape ?? spec.shape?.slice(1) ?? [];
  const isKnown = !shape.slice(1).includes(null) && (example.shape !== undefined || (spec.shape ?? []).length > 0);
  if (!isKnown) {
    throw fault('shape', `is missing: the input's own is ${spec.shape === null ? 'unknown' : formatShape(spec.shape)}`);
  }
  if (!fits(shape, spec.shape)) {
    throw fault('shape', `is ${formatShape(shape)} for one example, the input's is ${formatShape(spec.shape ?? [])}`);
  }
  const dense = {
    key: latin1Of(bytesOfText(example.feature)),
    kind,
    shape,
    fallback: fallbackOf(example, kind, shape, fault),
  };
  checkDense(dense);
  return { input, dtype: spec.dtype, dense };
}

function naturalKind(dtype: DType): FeatureKind {
  switch (dtype) {
    case 'STRING':
      return 'STRING';
    case 'FP16':
    case 'BF16':
    case 'FP32':
    case 'FP64':
      return 'FP32';
    default:
      return 'INT64';
  }
}

/** Whether examples of `shape` make an input of `wanted` when they stand one below the other. */
function fits(shape: DenseSpec['shape'], wanted: TensorSpec['shape']): boolean {
  return (
    wanted === null ||
    (wanted.length === shape.length + 1 &&
      shape.every((size, axis) => wanted[axis + 1] === null || wanted[axis + 1] === size))
  );
}

/** No elements where the feature is required; what fills up short ones where its length is free. */
function fallbackOf(
  { default: given }: ManifestExample,
  kind: FeatureKind,
  shape: DenseSpec['shape'],
  fault: Fault,
): AnyTensor {
  const isVariable = shape[0] === null;
  if (given === undefined) {
    return { dtype: kind, shape: [isVariable ? 1 : 0], data: allocate(kind, isVariable ? 1 : 0) } as AnyTensor;
  }
  const known = isVariable ? [1] : shape.map((size) => size ?? 1);
  const count = known.reduce((product, size) => product * size, 1);
  const values: readonly (number | string)[] = Array.isArray(given) ? given : new Array(count).fill(given);
  if (values.length !== count) {
    throw fault(
      'default',
      `has ${values.length} values, ${isVariable ? 'a variable length' : formatShape(known)} takes ${count}`,
    );
  }
  const wrong = values.find((value) => !isOfKind(value, kind));
  if (wrong !== undefined) {
    throw fault('default', `is ${JSON.stringify(wrong)}, which is no ${kind} value`);
  }
  return { dtype: kind, shape: known, data: dataOf(values, kind) } as AnyTensor; // checked above
}

function isOfKind(value: number | string, kind: FeatureKind): boolean {
  switch (kind) {
    case 'STRING':
      return typeof value === 'string';
    case 'FP32':
      return typeof value === 'number';
    case 'INT64':
      return Number.isSafeInteger(value);
  }
}

function dataOf(values: readonly (number | string)[], kind: FeatureKind): AnyTensor['data'] {
  switch (kind) {
    case 'STRING':
      return values.map((value) => bytesOfText(String(value)));
    case 'FP32':
      return Float32Array.from(values, Number);
    case 'INT64':
      return BigInt64Array.from(values, BigInt);
  }
}
