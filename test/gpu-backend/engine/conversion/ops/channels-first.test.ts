import { type AnyTensor, tensor } from '@tensorfleet/core';
import { expect, it } from 'vitest';
import { transposed } from '../../../../../gpu-backend/src/engine/conversion/transposed.ts';
import { decodeGraphDef } from '../../../../../gpu-backend/src/engine/savedmodel/decode-graph-def.ts';
import type { AttributeValue, GraphDef, NodeDef } from '../../../../../gpu-backend/src/engine/savedmodel/graph-def.ts';
import { differenceOf } from '../../../../support/compare-tensors.ts';
import { convertGoldenGraph } from '../../../../support/converted-golden.ts';
import { type OpGolden, readOpFamily } from '../../../../support/op-goldens.ts';

/** TensorFlow computes pictures [n, c, h, w] on GPUs only, so these goldens are those of [n, h, w, c], turned. */
const OPS: ReadonlySet<string> = new Set([
  'Conv2D',
  'DepthwiseConv2dNative',
  'Conv2DBackpropInput',
  'MaxPool',
  'AvgPool',
]);
const TO_FIRST = [0, 3, 1, 2] as const;

/** The only op of the graph that computes, when it is one of these. */
function opOf({ nodes }: GraphDef): NodeDef | undefined {
  const computing = nodes.filter(({ op }) => !['Placeholder', 'Const', 'Identity'].includes(op));
  const [node] = computing;
  return computing.length === 1 && node !== undefined && OPS.has(node.op) ? node : undefined;
}

/** The name of the input that is a picture. */
function pictureOf(node: NodeDef): string {
  return node.inputs[node.op === 'Conv2DBackpropInput' ? 2 : 0] ?? '';
}

function turned<T>(entries: readonly T[]): readonly T[] {
  return TO_FIRST.map((axis) => entries[axis]!);
}

/** Attributes of the node, with one entry or pair per dimension of the picture. */
function turnedAttribute(name: string, value: AttributeValue): AttributeValue {
  if (name === 'data_format') {
    return { kind: 'string', value: new TextEncoder().encode('NCHW') };
  }
  if (value.kind !== 'list' || value.value.ints.length === 0) {
    return name === '_output_shapes' && value.kind === 'list' ? turnedShapes(value) : value;
  }
  const { ints } = value.value;
  const pairs = ints.length === 8 ? [0, 1, 2, 3].map((axis) => ints.slice(2 * axis, 2 * axis + 2)) : undefined;
  return { ...value, value: { ...value.value, ints: pairs ? turned(pairs).flat() : turned(ints) } };
}

function turnedShapes(value: Extract<AttributeValue, { kind: 'list' }>): AttributeValue {
  const shapes = value.value.shapes.map((shape) => (shape?.length === 4 ? turned(shape) : shape));
  return { ...value, value: { ...value.value, shapes } };
}

function turnedNode(node: NodeDef, op: NodeDef): NodeDef {
  const isPicture = node.name === pictureOf(op) || node.op === 'Identity';
  if (node === op || isPicture) {
    const attributes = [...node.attributes].map(([name, value]) => [name, turnedAttribute(name, value)] as const);
    const format = turnedAttribute('data_format', { kind: 'bool', value: true });
    return {
      ...node,
      attributes: new Map([...attributes, ...(node === op ? [['data_format', format] as const] : [])]),
    };
  }
  return node.name === op.inputs[0] && op.op === 'Conv2DBackpropInput' ? turnedSizes(node) : node;
}

function turnedSizes(node: NodeDef): NodeDef {
  const value = node.attributes.get('value');
  const sizes = value?.kind === 'tensor' ? value.load() : undefined;
  if (sizes?.dtype !== 'INT32' || sizes.shape[0] !== 4) {
    return node;
  }
  const first = tensor('INT32', [4], Int32Array.from(turned([...sizes.data])));
  return { ...node, attributes: new Map([...node.attributes, ['value', { kind: 'tensor', load: () => first }]]) };
}

const CASES = readOpFamily('nn').flatMap(
  (golden): { name: string; golden: OpGolden; graph: GraphDef; op: NodeDef }[] => {
    const graph = decodeGraphDef(golden.graphs.get('static') ?? new Uint8Array());
    const op = opOf(graph);
    const picture = golden.inputs.get(op === undefined ? '' : pictureOf(op));
    const isUsable = 'outputs' in golden.expected && !golden.refused.has('static') && picture?.dtype === 'FP32';
    const hasKnownSizes = op?.op !== 'Conv2DBackpropInput' || !golden.inputs.has(op.inputs[0] ?? '');
    return op !== undefined && isUsable && hasKnownSizes ? [{ name: golden.name, golden, graph, op }] : [];
  },
);

it.each(CASES)('$name, channels first', async ({ golden, graph, op }) => {
  const name = pictureOf(op);
  const inputs = new Map(golden.inputs).set(name, transposed(golden.inputs.get(name)!, TO_FIRST));
  const first = { ...graph, nodes: graph.nodes.map((node) => turnedNode(node, op)) };
  await using converted = await convertGoldenGraph({ ...golden, inputs }, first);
  const [actual] = (await converted.run(inputs)).values();
  const [expected] = 'outputs' in golden.expected ? golden.expected.outputs.values() : [];
  const tolerance = { rtol: 1e-5, atol: 1e-5, signedZero: false };
  expect(differenceOf(actual, transposed(expected as AnyTensor, TO_FIRST), tolerance)).toBeUndefined();
});

it('every op is there', () => {
  expect(new Set(CASES.map(({ op }) => op.op))).toEqual(OPS);
});
