import { expect, it } from 'vitest';
import { ASSIGNMENTS } from '../../../../../gpu-backend/src/engine/conversion/changed-variables.ts';
import { convertedOps } from '../../../../../gpu-backend/src/engine/conversion/ops/op-table.ts';
import { decodeGraphDef } from '../../../../../gpu-backend/src/engine/savedmodel/decode-graph-def.ts';
import { type OpGolden, opFamilies, readOpFamily } from '../../../../support/op-goldens.ts';

/** Compared elsewhere than in goldens of single ops. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  // Goldens have no tables: what they hold and find is compared in host-ops.test.ts, and in convert-saved-model.test.ts.
  'HashTable',
  'HashTableV2',
  'LookupTableFind',
  'LookupTableFindV2',
  'LookupTableSize',
  'LookupTableSizeV2',
  // TensorFlow.js writes these, TensorFlow has no such ops: fused.test.ts has answers of its own.
  'FusedDepthwiseConv2dNative',
  'Prelu',
  // What they do shows in the next request: variable-state.test.ts.
  ...ASSIGNMENTS.keys(),
]);

/** Ops of graphs that are converted and answer, those in functions included. */
function answeredOps({ graphs, refused, expected }: OpGolden): readonly string[] {
  const answered = [...graphs].filter(([variant]) => 'outputs' in expected && !refused.has(variant));
  return answered.flatMap(([, bytes]) => {
    const graph = decodeGraphDef(bytes);
    return [graph, ...graph.functions.values()].flatMap(({ nodes }) => nodes.map(({ op }) => op));
  });
}

it('every op that is converted is compared with TensorFlow', () => {
  const compared = new Set(opFamilies().flatMap((family) => readOpFamily(family).flatMap(answeredOps)));
  expect(convertedOps().filter((op) => !compared.has(op) && !ELSEWHERE.has(op))).toEqual([]);
});
