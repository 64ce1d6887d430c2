import { describe, expect, it } from 'vitest';
import type { OnnxNode } from '../../../../../gpu-backend/src/engine/conversion/graph-builder.ts';
import { decodeGraphDef } from '../../../../../gpu-backend/src/engine/savedmodel/decode-graph-def.ts';
import { goldenProgram } from '../../../../support/converted-golden.ts';
import { describeOpFamily, readOpFamily } from '../../../../support/op-goldens.ts';

describeOpFamily('recurrent');

const LOOPS = new Set(['Loop', 'LSTM', 'GRU', 'RNN']);

function* typesOf(nodes: readonly OnnxNode[]): Iterable<string> {
  for (const { type, attributes } of nodes) {
    yield type;
    for (const value of Object.values(attributes)) {
      if (typeof value === 'object' && 'graph' in value) {
        yield* typesOf(value.graph.nodes);
      }
    }
  }
}

describe('a loop with a recurrent cell', () => {
  // One that is known not to run is nothing at all.
  const goldens = readOpFamily('recurrent').filter(
    ({ expected, inputs }) => 'outputs' in expected && inputs.get('x')?.shape[0] !== 0,
  );

  it.each(goldens.map((golden) => [golden.name, golden] as const))('becomes what it is called: %s', (name, golden) => {
    const loops = Array.from(golden.graphs.values(), (graph) => {
      const { program } = goldenProgram(golden, decodeGraphDef(graph));
      return program.onnxStages.flatMap((stage) => [...typesOf(stage.graph.nodes)].filter((type) => LOOPS.has(type)));
    });
    const [wanted] = name.split(' ');
    expect(loops.flat()).toEqual(loops.map(() => wanted));
  });
});
