import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type AnyTensor, Code, StatusError, tensor } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { decodeGraphDef } from '../../gpu-backend/src/engine/savedmodel/decode-graph-def.ts';
import type { AttributeValue, GraphDef, NodeDef } from '../../gpu-backend/src/engine/savedmodel/graph-def.ts';
import { convertGoldenGraph } from '../support/converted-golden.ts';
import { type OpGolden, readOpFamily } from '../support/op-goldens.ts';
import { RANDOM_SEED } from '../support/random-seed.ts';

const FIXED_SEED = 20_261_121;

/** What a graph that makes no sense may be called. */
const ANSWERS: ReadonlySet<Code> = new Set([Code.Unimplemented, Code.InvalidArgument, Code.DataLoss]);

const FAMILIES = globSync('*.json.gz', { cwd: resolve(import.meta.dirname, '../golden/ops') }).map((file) =>
  basename(file, '.json.gz'),
);

const ODD_INT = fc.constantFrom(
  0n,
  -1n,
  1n,
  2n,
  5n,
  2n ** 31n - 1n,
  -(2n ** 31n),
  2n ** 53n,
  2n ** 63n - 1n,
  -(2n ** 63n),
);
const ODD_WORD = fc.constantFrom('', 'SAME', 'VALID', 'EXPLICIT', 'NCHW', 'NHWC', 'REFLECT', 'ab->ba', '\u00ff');
/** Small, because a graph may well be asked for as much as they say. */
const ODD_TENSOR = fc.constantFrom<AnyTensor>(
  tensor('INT32', [0], new Int32Array(0)) as AnyTensor,
  tensor('INT32', [], Int32Array.of(-1)) as AnyTensor,
  tensor('INT32', [3], Int32Array.of(0, -2, 7)) as AnyTensor,
  tensor('INT64', [2, 2], BigInt64Array.of(1n, -1n, 0n, 9n)) as AnyTensor,
  tensor('FP32', [1], Float32Array.of(Number.NaN)) as AnyTensor,
  tensor('STRING', [], [new Uint8Array([255])]) as AnyTensor,
);

/** Another value of an attribute, or none. */
const oddValue: fc.Arbitrary<AttributeValue | undefined> = fc.oneof(
  fc.constant(undefined),
  ODD_INT.map((value): AttributeValue => ({ kind: 'int', value })),
  fc.boolean().map((value): AttributeValue => ({ kind: 'bool', value })),
  fc.constantFrom(Number.NaN, 0, -1, 1e38).map((value): AttributeValue => ({ kind: 'float', value })),
  ODD_WORD.map((text): AttributeValue => ({ kind: 'string', value: new TextEncoder().encode(text) })),
  fc.nat(30).map((value): AttributeValue => ({ kind: 'type', value })),
  fc
    .constantFrom(null, [], [null], [0], [2, null, 3], [2 ** 31, 2 ** 31])
    .map((value): AttributeValue => ({ kind: 'shape', value })),
  ODD_TENSOR.map((value): AttributeValue => ({ kind: 'tensor', load: () => value })),
  fc.array(ODD_INT, { maxLength: 6 }).map((ints): AttributeValue => ({ kind: 'list', value: { ...EMPTY, ints } })),
);

const EMPTY = {
  strings: [],
  ints: [],
  floats: [],
  bools: [],
  types: [],
  shapes: [],
  tensors: [],
  functions: [],
} as const;

/** Of numbers that say where, and what. */
interface Damage {
  readonly node: number;
  readonly attribute: number;
  readonly value: AttributeValue | undefined;
  readonly part: 'attribute' | 'input' | 'order' | 'op';
}

const damage: fc.Arbitrary<Damage> = fc.record({
  node: fc.nat(),
  attribute: fc.nat(),
  value: oddValue,
  part: fc.constantFrom('attribute', 'attribute', 'attribute', 'input', 'order', 'op'),
});

function damaged(graph: GraphDef, { node: at, attribute, value, part }: Damage): GraphDef {
  const victims = graph.nodes.filter(({ op }) => op !== 'Placeholder');
  const victim = victims[at % victims.length] ?? graph.nodes[0]!;
  const other = victims[attribute % victims.length] ?? victim;
  const change = (node: NodeDef): NodeDef => {
    switch (part) {
      case 'attribute': {
        const names = [...node.attributes.keys()];
        const name = names[attribute % names.length] ?? '';
        const rest = [...node.attributes].filter(([key]) => key !== name);
        return { ...node, attributes: new Map(value === undefined ? rest : [...rest, [name, value]]) };
      }
      case 'input':
        return { ...node, inputs: node.inputs.toSpliced(attribute % (node.inputs.length + 1), 1) };
      case 'order':
        return { ...node, inputs: node.inputs.toReversed() };
      case 'op':
        return { ...node, op: other.op };
    }
  };
  return { ...graph, nodes: graph.nodes.map((node) => (node === victim ? change(node) : node)) };
}

/** Converts, and opens the sessions; a StatusError may be the answer, and nothing else may be thrown. */
async function convertOrRefuse(golden: OpGolden, graph: GraphDef): Promise<void> {
  try {
    await using _ = await convertGoldenGraph(golden, graph);
  } catch (error) {
    if (!StatusError.is(error) || !ANSWERS.has(error.code)) {
      throw error;
    }
  }
}

describe.each([FIXED_SEED, RANDOM_SEED])('a damaged graph is converted or refused, seed %i', (seed) => {
  it.each(FAMILIES)('%s', async (family) => {
    const goldens = readOpFamily(family);
    const property = fc.asyncProperty(fc.nat(), damage, async (index, what) => {
      const golden = goldens[index % goldens.length]!;
      const [bytes] = golden.graphs.values();
      await convertOrRefuse(golden, damaged(decodeGraphDef(bytes!), what));
    });
    await fc.assert(property, { seed, numRuns: 200 });
  });
});
