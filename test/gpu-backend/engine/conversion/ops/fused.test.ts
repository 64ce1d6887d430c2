import { type AnyTensor, tensor } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { AttributeValue, NodeDef } from '../../../../../gpu-backend/src/engine/savedmodel/graph-def.ts';
import { convertGoldenGraph } from '../../../../support/converted-golden.ts';
import { constNode, graphOf, node } from '../../../../support/graph-def.ts';

const FLOAT: Readonly<Record<string, AttributeValue>> = {
  T: { kind: 'type', value: 1 },
  dtype: { kind: 'type', value: 1 },
};

function strings(...values: readonly string[]): AttributeValue {
  const encoded = values.map((value) => new TextEncoder().encode(value));
  const value = {
    strings: encoded,
    ints: [],
    floats: [],
    bools: [],
    types: [],
    shapes: [],
    tensors: [],
    functions: [],
  };
  return { kind: 'list', value } as unknown as AttributeValue; // no other kind of list is read
}

function ints(...values: readonly number[]): AttributeValue {
  return { kind: 'list', value: { ints: values.map(BigInt) } } as unknown as AttributeValue; // as above
}

function shapes(...sizes: readonly (number | null)[]): AttributeValue {
  return { kind: 'list', value: { shapes: [sizes] } } as unknown as AttributeValue; // as above
}

function floats(shape: readonly number[], from: number, step: number): AnyTensor {
  const size = shape.reduce((product, one) => product * one, 1);
  return tensor(
    'FP32',
    shape,
    Float32Array.from({ length: size }, (_, index) => from + step * ((index * 7) % 11)),
  );
}

/** What the nodes compute of x, by name of the node. */
async function run(
  x: AnyTensor,
  nodes: readonly NodeDef[],
  wanted: readonly string[],
): Promise<readonly (readonly number[])[]> {
  const placeholder = node('Placeholder', 'x', [], { ...FLOAT, _output_shapes: shapes(null, ...x.shape.slice(1)) });
  const golden = {
    name: '',
    graphs: new Map(),
    inputs: new Map([['x', x]]),
    variables: new Map(),
    fetches: new Map(wanted.map((name) => [name, `${name}:0`])),
    expected: { outputs: new Map() },
    tolerance: undefined,
    signedZero: false,
    refused: new Set<never>(),
    x86: false,
  };
  await using graph = await convertGoldenGraph(golden, graphOf(placeholder, ...nodes));
  const outputs = await graph.run(golden.inputs);
  return wanted.map((name) => Array.from((outputs.get(name)?.data ?? []) as Float32Array)); // FP32 is fetched
}

/** Ops that only TensorFlow.js has, and TensorFlow cannot say what they answer. */
describe("ops of TensorFlow.js's graph models", () => {
  it('Prelu has a slope for each channel where x is negative', async () => {
    const x = tensor('FP32', [2, 3], Float32Array.of(-1, -2, 3, 0, Number.NaN, -5));
    const slopes = tensor('FP32', [3], Float32Array.of(0.5, 2, 10));
    const nodes = [constNode('slopes', slopes), node('Prelu', 'y', ['x', 'slopes'], FLOAT)];
    expect(await run(x, nodes, ['y'])).toEqual([[-0.5, -4, 3, 0, Number.NaN, -50]]);
  });

  it.each([['BiasAdd', 'Prelu'], ['BiasAdd', 'Relu6'], ['BiasAdd']])(
    'FusedDepthwiseConv2dNative of %s %s is the ops one after the other',
    async (...kinds) => {
      const windows = {
        strides: ints(1, 2, 2, 1),
        padding: { kind: 'string', value: new TextEncoder().encode('SAME') },
      } as const;
      const parts = [
        constNode('filter', floats([3, 2, 2, 2], -1, 0.25)),
        constNode('bias', floats([4], -1, 0.5)),
        constNode('slopes', floats([1, 1, 4], 0.25, 0.5)),
      ];
      const apart = [
        node('DepthwiseConv2dNative', 'product', ['x', 'filter'], { ...FLOAT, ...windows }),
        node('BiasAdd', 'BiasAdd', ['product', 'bias'], FLOAT),
        node('Prelu', 'Prelu', ['BiasAdd', 'slopes'], FLOAT),
        node('Relu6', 'Relu6', ['BiasAdd'], FLOAT),
      ];
      const inputs = ['x', 'filter', 'bias', ...(kinds.includes('Prelu') ? ['slopes'] : [])];
      const attributes = { ...FLOAT, ...windows, fused_ops: strings(...kinds) };
      const fused = node('FusedDepthwiseConv2dNative', 'fused', inputs, attributes);
      const last = kinds.at(-1) ?? '';
      const [together, ...others] = await run(
        floats([2, 5, 4, 2], -2, 0.5),
        [...parts, ...apart, fused],
        ['fused', last],
      );
      expect(together).toHaveLength(2 * 3 * 2 * 4);
      expect([together]).toEqual(others);
    },
  );
});
