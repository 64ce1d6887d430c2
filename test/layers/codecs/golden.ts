import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyTensor, DType, ModelSpec, NamedTensors } from '@tensorfleet/core';
import type { ExampleInput, TensorContent } from '../../../layers/codecs/src/index.ts';

/** Bytes of independent implementations with what they mean; made by test/golden/codecs/make_golden.py. */
export interface GoldenVector {
  readonly name: string;
  readonly message: string;
  /** Options of our encoder that must give the same bytes; null where other bytes are as good. */
  readonly canonical: { readonly content?: TensorContent } | null;
  readonly expected: unknown;
  readonly bytes: Uint8Array;
}

const FOLDER = join(import.meta.dirname, '../../golden/codecs');

/** All vectors, or those of one message type. */
export function goldenVectors(message?: string): readonly GoldenVector[] {
  const manifest = JSON.parse(readFileSync(join(FOLDER, 'manifest.json'), 'utf8')) as {
    readonly vectors: readonly Omit<GoldenVector, 'bytes'>[];
  };
  return manifest.vectors
    .filter((vector) => message === undefined || vector.message === message)
    .map((vector) => ({ ...vector, bytes: new Uint8Array(readFileSync(join(FOLDER, `${vector.name}.bin`))) }));
}

export interface TensorDescription {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: readonly (number | string)[];
}

/** A tensor as the manifest describes it: 64-bit integers, NaN, infinities and -0 as text, strings as base64. */
export function describeTensor(tensor: AnyTensor): TensorDescription {
  const { dtype, shape } = tensor;
  switch (dtype) {
    case 'STRING':
      return { dtype, shape, values: tensor.data.map((value) => Buffer.from(value).toString('base64')) };
    case 'INT64':
    case 'UINT64':
      return { dtype, shape, values: Array.from(tensor.data, String) };
    default:
      return { dtype, shape, values: Array.from(tensor.data, describeNumber) };
  }
}

/** NaN, infinities and -0 as text. */
export function describeNumber(value: number): number | string {
  if (Number.isNaN(value)) {
    return 'nan';
  }
  if (!Number.isFinite(value)) {
    return value > 0 ? 'inf' : '-inf';
  }
  return Object.is(value, -0) ? '-0.0' : value;
}

export function describeTensors(tensors: NamedTensors): Record<string, TensorDescription> {
  return Object.fromEntries(Array.from(tensors, ([name, tensor]) => [name, describeTensor(tensor)]));
}

/** A ModelSpec as the manifest describes it: null for a missing one. */
export function describeSpec(spec: ModelSpec | undefined): ModelSpec | null {
  return spec ?? null;
}

/** An Input as the manifest describes it: bytes as base64, null for a missing one. */
export function describeInput(input: ExampleInput | undefined): unknown {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return input === undefined
    ? null
    : {
        examples: input.examples.map(base64),
        ...(input.context !== undefined && { context: base64(input.context) }),
      };
}
