import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bytesField,
  dtypeToTensorFlow,
  encodeMessage,
  encodeTensorProto,
  type Field,
  intField,
  messageField,
  stringElement,
} from '@tensorfleet/codecs';
import type { AnyTensor, DType } from '@tensorfleet/core';
import type { ModelArtifact } from '../../gpu-backend/src/engine/engine.ts';

type Shape = readonly (number | null)[];

/** An operation with one dtype attribute. A placeholder has a shape, a constant a value. */
export interface TinyNode {
  readonly op: string;
  readonly dtype: DType;
  readonly inputs?: readonly string[];
  readonly shape?: Shape;
  readonly value?: AnyTensor;
}

export interface TinySavedModel {
  readonly nodes: Readonly<Record<string, TinyNode>>;
  /** Placeholders, under their own names. */
  readonly inputs: readonly string[];
  /** Nodes, under their own names. */
  readonly outputs: Readonly<Record<string, Shape>>;
  readonly defaults?: Readonly<Record<string, AnyTensor>>;
}

/** The attribute that says an operation's dtype, where it is not `T`. */
const DTYPE_ATTRIBUTE: Readonly<Record<string, string>> = { Placeholder: 'dtype', Const: 'dtype' };

/** y = 0.5 x + 2 over any number of rows. */
export const HALF_PLUS_TWO: TinySavedModel = {
  nodes: {
    x: { op: 'Placeholder', dtype: 'FP32', shape: [null] },
    half: { op: 'Const', dtype: 'FP32', value: scalar(0.5) },
    two: { op: 'Const', dtype: 'FP32', value: scalar(2) },
    product: { op: 'Mul', dtype: 'FP32', inputs: ['x', 'half'] },
    y: { op: 'AddV2', dtype: 'FP32', inputs: ['product', 'two'] },
  },
  inputs: ['x'],
  outputs: { y: [null] },
};

/** `sum` and `difference` of `a` and `b`, INT32 [?, 4]. */
export const ADD_SUB: TinySavedModel = {
  nodes: {
    a: { op: 'Placeholder', dtype: 'INT32', shape: [null, 4] },
    b: { op: 'Placeholder', dtype: 'INT32', shape: [null, 4] },
    sum: { op: 'AddV2', dtype: 'INT32', inputs: ['a', 'b'] },
    difference: { op: 'Sub', dtype: 'INT32', inputs: ['a', 'b'] },
  },
  inputs: ['a', 'b'],
  outputs: { sum: [null, 4], difference: [null, 4] },
};

/** y = x of shape [?, ?]. */
export function identityOf(dtype: DType): TinySavedModel {
  return {
    nodes: {
      x: { op: 'Placeholder', dtype, shape: [null, null] },
      y: { op: 'Identity', dtype, inputs: ['x'] },
    },
    inputs: ['x'],
    outputs: { y: [null, null] },
  };
}

/** A SavedModel whose file is none. */
export function writeGarbage(directory: string): ModelArtifact {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'saved_model.pb'), 'this is no protobuf');
  return { format: 'saved_model', path: directory };
}

/** Writes the model as the SavedModel `directory`, with the one signature serving_default. */
export function writeSavedModel(directory: string, model: TinySavedModel): ModelArtifact {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'saved_model.pb'), encodeSavedModel(model));
  return { format: 'saved_model', path: directory };
}

function encodeSavedModel({ nodes, inputs, outputs, defaults = {} }: TinySavedModel): Uint8Array {
  const info = (field: number, name: string, shape: Shape): Field =>
    entry(field, name, [stringElement(1, `${name}:0`), dtypeField(2, nodes[name]!.dtype), shapeField(3, shape)]);
  const signature = [
    ...inputs.map((name) => info(1, name, nodes[name]!.shape!)),
    ...Object.entries(outputs).map(([name, shape]) => info(2, name, shape)),
    stringElement(3, 'tensorflow/serving/predict'),
    ...Object.entries(defaults).map(([name, value]) =>
      messageField(4, [stringElement(1, name), bytesField(2, encodeTensorProto(value))]),
    ),
  ];
  const graph = [
    ...Object.entries(nodes).map(([name, node]) => nodeField(name, node)),
    messageField(4, [intField(1, 1882)]), // GraphDef.versions.producer
  ];
  const metaInfo = [stringElement(4, 'serve'), stringElement(5, '2.21.0')];
  const metaGraph = [messageField(1, metaInfo), messageField(2, graph), entry(5, 'serving_default', signature)];
  return encodeMessage([intField(1, 1), messageField(2, metaGraph)]);
}

function nodeField(name: string, { op, dtype, inputs = [], shape, value }: TinyNode): Field {
  return messageField(1, [
    stringElement(1, name),
    stringElement(2, op),
    ...inputs.map((input) => stringElement(3, input)),
    entry(5, DTYPE_ATTRIBUTE[op] ?? 'T', [dtypeField(6, dtype)]),
    ...(shape === undefined ? [] : [entry(5, 'shape', [shapeField(7, shape)])]),
    ...(value === undefined ? [] : [entry(5, 'value', [bytesField(8, encodeTensorProto(value))])]),
  ]);
}

function dtypeField(field: number, dtype: DType): Field {
  return intField(field, dtypeToTensorFlow(dtype));
}

function shapeField(field: number, shape: Shape): Field {
  return messageField(
    field,
    shape.map((size) => messageField(2, [intField(1, size ?? -1)])),
  );
}

function entry(field: number, key: string, value: readonly Field[]): Field {
  return messageField(field, [stringElement(1, key), messageField(2, value)]);
}

function scalar(value: number): AnyTensor {
  return { dtype: 'FP32', shape: [], data: Float32Array.of(value) };
}
