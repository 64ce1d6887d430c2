import { dirname } from 'node:path';
import { type AnyTensor, Code, tensor } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { AttributeValue, GraphDef } from '../../../../gpu-backend/src/engine/savedmodel/graph-def.ts';
import {
  graphDefFromModelJson,
  signatureDefFromModelJson,
} from '../../../../gpu-backend/src/engine/tfjs/graph-topology.ts';
import { type ModelJson, readModelJson } from '../../../../gpu-backend/src/engine/tfjs/model-json.ts';
import { readWeights } from '../../../../gpu-backend/src/engine/tfjs/weight-files.ts';
import { tfjsArtifact } from '../../../support/tfjs-models.ts';

async function graphOf(name: string): Promise<GraphDef> {
  const { path } = tfjsArtifact(name);
  const model = await readModelJson(path);
  return graphDefFromModelJson(model, await readWeights(dirname(path), model.weightGroups));
}

function loaded(graph: GraphDef, name: string): AnyTensor | undefined {
  const nodes = [...graph.nodes, ...[...graph.functions.values()].flatMap((one) => one.nodes)];
  const value = nodes.find((node) => node.name === name)?.attributes.get('value');
  return value?.kind === 'tensor' ? value.load() : undefined;
}

function modelOf(topology: Record<string, unknown>): ModelJson {
  return {
    fileName: 'model.json',
    kind: 'graph',
    topology,
    weightGroups: [],
    signature: undefined,
    initializer: undefined,
  };
}

/** The attribute that `json` becomes. */
function attribute(json: unknown): AttributeValue | undefined {
  const graph = graphDefFromModelJson(modelOf({ node: [{ name: 'n', op: 'Op', attr: { a: json } }] }), []);
  return graph.nodes[0]?.attributes.get('a');
}

const EMPTY = { strings: [], ints: [], floats: [], bools: [], types: [], shapes: [], tensors: [], functions: [] };

describe('graphDefFromModelJson', () => {
  it.each<[string, unknown, AttributeValue | undefined]>([
    ['no value', {}, undefined],
    ['base64', { s: 'TkhXQw==' }, { kind: 'string', value: Uint8Array.from(Buffer.from('NHWC')) }],
    ['listed bytes', { s: [78, 0, 255] }, { kind: 'string', value: Uint8Array.of(78, 0, 255) }],
    ['an integer in text', { i: '9223372036854775807' }, { kind: 'int', value: 2n ** 63n - 1n }],
    ['an integer', { i: -3 }, { kind: 'int', value: -3n }],
    ['a float32', { f: 0.1 }, { kind: 'float', value: Math.fround(0.1) }],
    ['an infinite float', { f: '-Infinity' }, { kind: 'float', value: -Infinity }],
    ['NaN', { f: 'NaN' }, { kind: 'float', value: Number.NaN }],
    ['false', { b: false }, { kind: 'bool', value: false }],
    ['a type', { type: 'DT_STRING' }, { kind: 'type', value: 7 }],
    ['a reference type', { type: 'DT_FLOAT_REF' }, { kind: 'type', value: 101 }],
    ['a type by number', { type: 3 }, { kind: 'type', value: 3 }],
    ['a scalar shape', { shape: {} }, { kind: 'shape', value: [] }],
    [
      'a shape',
      { shape: { dim: [{ size: '-1' }, { size: '3' }, {}, { size: 2 }] } },
      { kind: 'shape', value: [null, 3, 0, 2] },
    ],
    ['an unknown shape', { shape: { unknownRank: true } }, { kind: 'shape', value: null }],
    ['a function', { func: { name: 'body' } }, { kind: 'function', value: { name: 'body', attributes: new Map() } }],
    ['a placeholder', { placeholder: 'T' }, { kind: 'placeholder', value: 'T' }],
    ['an empty list', { list: {} }, { kind: 'list', value: EMPTY }],
    [
      'a list',
      { list: { i: ['1', '0'], s: ['AA=='] } },
      { kind: 'list', value: { ...EMPTY, ints: [1n, 0n], strings: [Uint8Array.of(0)] } },
    ],
    ['a list of types', { list: { type: ['DT_HALF'] } }, { kind: 'list', value: { ...EMPTY, types: [19] } }],
  ])('reads %s', (_name, json, expected) => {
    expect(attribute(json)).toEqual(expected);
  });

  it.each([
    ['a type that is none', { type: 'DT_NOTHING' }],
    ['an integer that is none', { i: '1e5' }],
    ['bytes that are none', { s: '***' }],
    ['a number for text', { s: 5 }],
    ['a list for a list', { list: [] }],
  ])('refuses %s', (_name, json) => {
    expect(() => attribute(json)).toThrow(expect.objectContaining({ code: Code.DataLoss }));
  });

  it.each([[{}], [{ node: {} }], [{ node: [null] }], [{ node: [{ name: 'x' }] }], [{ node: [], library: [] }]])(
    'refuses the graph %j',
    (topology) => {
      expect(() => graphDefFromModelJson(modelOf(topology), [])).toThrow(
        expect.objectContaining({ code: Code.DataLoss, message: expect.stringContaining('model.json') }),
      );
    },
  );

  it('has the ops that the converter fuses, with their attributes', async () => {
    const graph = await graphOf('fused_conv');
    const node = graph.nodes.find(({ op }) => op === '_FusedConv2D');
    expect(node?.inputs).toEqual(['x', 'Conv2D/ReadVariableOp', 'BiasAdd/bias']);
    expect(node?.attributes.get('fused_ops')).toMatchObject({
      value: { strings: ['BiasAdd', 'Relu6'].map((text) => Uint8Array.from(Buffer.from(text))) },
    });
    expect(graph.producer).toBeGreaterThan(1000);
  });

  it('has the bodies of loops, whose Consts are weights too', async () => {
    const graph = await graphOf('loop');
    const body = [...graph.functions.values()].find(({ name }) => name.includes('body'));
    const constants = body?.nodes.filter(({ op }) => op === 'Const') ?? [];
    expect(constants.map(({ name }) => loaded(graph, name)?.data[0])).toEqual([1, 2, 1]);
    expect([...(body?.returns.values() ?? [])]).toEqual(expect.arrayContaining([expect.stringMatching(/:output:0$/)]));
  });

  it('gives Consts the dtype of the graph, not that of the file', async () => {
    expect(loaded(await graphOf('wide_integers'), 'Const')).toEqual(tensor('INT64', [1], BigInt64Array.of(2n)));
    expect(loaded(await graphOf('half_precision'), 'add/y')).toEqual(tensor('FP16', [], Float16Array.of(1)));
  });

  it('names a Const that has no weight', () => {
    const attr = { dtype: { type: 'DT_FLOAT' }, value: { tensor: {} } };
    const graph = graphDefFromModelJson(modelOf({ node: [{ name: 'c', op: 'Const', attr }] }), []);
    expect(() => loaded(graph, 'c')).toThrow('no value for the Const "c"');
  });
});

describe('signatureDefFromModelJson', () => {
  it('has names, tensors, types and shapes, without captured tables', async () => {
    const model = await readModelJson(tfjsArtifact('half_plus_two').path);
    const table = {
      name: 'table:0',
      dtype: 'DT_RESOURCE',
      tensorShape: { dim: [], unknownRank: false },
      resourceId: 3,
    };
    const inputs = { ...model.signature?.inputs, table };
    expect(
      signatureDefFromModelJson({ ...model, signature: { inputs, outputs: model.signature?.outputs ?? {} } }),
    ).toEqual({
      inputs: new Map([['x', { tensor: 'x:0', type: 1, shape: [null] }]]),
      outputs: new Map([['y', { tensor: 'Identity:0', type: 1, shape: [null] }]]),
      methodName: '',
      defaults: new Map(),
    });
  });
});
