import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, type DType, tensor, unimplemented } from '@tensorfleet/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertGraph } from '../../../../gpu-backend/src/engine/conversion/convert-graph.ts';
import { GraphFiles } from '../../../../gpu-backend/src/engine/conversion/graph-files.ts';
import type { Resources } from '../../../../gpu-backend/src/engine/conversion/resources.ts';
import { WeightsFile } from '../../../../gpu-backend/src/engine/conversion/weights-file.ts';
import { writeProgram } from '../../../../gpu-backend/src/engine/conversion/write-program.ts';
import type { FunctionDef, GraphDef } from '../../../../gpu-backend/src/engine/savedmodel/graph-def.ts';
import { constNode, graphOf, node } from '../../../support/graph-def.ts';

function none(): never {
  throw unimplemented('this graph has no resources');
}

const NO_RESOURCES: Resources = { variable: none, table: none, override: () => undefined };

const FP32 = { name: '', dtype: 'FP32', shape: null } as const;

/** x: [?, 2] -> y, the output of node `last`. */
function convert(graph: GraphDef, last: string, dtype: DType = 'FP32'): ReturnType<typeof convertGraph> {
  return convertGraph(
    { graph, opDefs: new Map(), resources: NO_RESOURCES },
    {
      name: 's',
      methodName: 'm',
      inputs: new Map([['x', { ...FP32, tensor: 'x:0', shape: [null, 2] }]]),
      outputs: new Map([['y', { name: '', dtype, shape: null, tensor: last }]]),
    },
  );
}

describe('convertGraph', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'convert-graph-'));
  });

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it('makes a graph that computes what the nodes mean, under the names of the signature', async () => {
    const weights = tensor('FP32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
    const shape = tensor('INT32', [2], Int32Array.of(3, -1));
    const nodes = [
      node('Placeholder', 'x'),
      constNode('w', weights),
      constNode('shape', shape),
      node('MatMul', 'product', ['x', 'w']),
      node('AddV2', 'sum', ['product', 'product']),
      node('Reshape', 'reshaped', ['sum', 'shape']),
    ];
    using weightsFile = new WeightsFile(directory);
    const files = { graphs: new GraphFiles(directory), weights: weightsFile };
    const program = writeProgram(convert(graphOf(...nodes), 'reshaped'), files);
    expect(program.stages).toEqual([
      {
        kind: 'onnx',
        file: 's.onnx',
        inputs: [{ name: 'x', slot: 'x', dtype: 'FP32' }],
        outputs: [{ name: 'y', slot: 'y', dtype: 'FP32' }],
        checks: [],
      },
    ]);
    const session = await InferenceSession.create(join(directory, 's.onnx'));
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2), [1, 2]) });
    expect([y?.dims, Array.from(y?.data as Float32Array)]).toEqual([
      [3, 1],
      [18, 24, 30],
    ]);
  });

  it('gives a value that is checked and answered one output, and nodes names of their own', () => {
    const graph = graphOf(node('Placeholder', 'x'), node('NotEqual', 'z', ['x', 'x']));
    const converted = convert(graph, 'z', 'BOOL');
    const [stage] = converted.program.onnxStages;
    const place = { kind: 'graph', graph: stage!.graph, name: 'z/Not' } as const;
    converted.program.check({ kind: 'tensor', dtype: 'BOOL', shape: null, place }, 'it is NaN');
    using weights = new WeightsFile(directory);
    const program = writeProgram(converted, { graphs: new GraphFiles(directory), weights });

    expect(program.stages).toMatchObject([{ outputs: [{ name: 'y' }], checks: [{ name: 'y', message: 'it is NaN' }] }]);
    expect(stage?.graph.outputs).toHaveLength(1);
    const names = stage?.graph.nodes.map(({ name }) => name) ?? [];
    expect(new Set(names).size).toBe(names.length);
  });

  it('takes any shape where shapes do not matter', () => {
    const nodes = [node('Placeholder', 'x'), node('AddV2', 'sum', ['x', 'x'])];
    const { signature, program } = convert(graphOf(...nodes), 'sum');
    expect(signature).toMatchObject({
      takesAnyShape: true,
      inputs: new Map([['x', expect.objectContaining({ shape: [null, 2] })]]),
    });
    expect(program.onnxStages[0]?.graph.inputs).toEqual([{ name: 'x', dtype: 'FP32', shape: null }]);
    const product = [
      ...nodes,
      constNode('w', tensor('FP32', [2, 1], Float32Array.of(1, 2))),
      node('MatMul', 'm', ['sum', 'w']),
    ];
    expect(convert(graphOf(...product), 'm').signature.takesAnyShape).toBeUndefined();
  });

  it('refuses a graph that grows beyond all measure when its functions are put in their places', () => {
    const argument = { name: 'a', type: 0, typeAttribute: '', numberAttribute: '', typeListAttribute: '' };
    const functions = Array.from({ length: 40 }, (_, level): [string, FunctionDef] => {
      const name = `f${level}`;
      const inner = level === 39 ? 'Neg' : `f${level + 1}`;
      const nodes = [node(inner, 'once', ['a']), node(inner, 'twice', ['once:b:0'])];
      const outputs = [{ ...argument, name: 'b' }];
      const attributes = new Map();
      return [
        name,
        {
          name,
          inputs: [argument],
          outputs,
          attributes,
          nodes,
          returns: new Map([['b', 'twice:b:0']]),
          controlReturns: [],
        },
      ];
    });
    const graph = { ...graphOf(node('Placeholder', 'x'), node('f0', 'y', ['x'])), functions: new Map(functions) };
    expect(() => convert(graph, 'y')).toThrowError(
      expect.objectContaining({ code: Code.Unimplemented, message: expect.stringContaining('more than') }),
    );
  });

  it('names every node that it does not know, and none that only reads one', () => {
    const graph = graphOf(
      node('Foo', 'f', ['x']),
      node('Bar', 'b', ['x']),
      node('Relu', 'r', ['f']),
      node('Baz', 'z', ['r', 'b']),
    );
    expect(() => convert(graph, 'z')).toThrowError(
      expect.objectContaining({
        code: Code.Unimplemented,
        message:
          'signature "s" cannot be converted to ONNX: Foo (node "f"): this op is not supported; Bar (node "b"): this op is not supported',
        details: { ops: 'Bar, Foo' },
      }),
    );
  });
});
