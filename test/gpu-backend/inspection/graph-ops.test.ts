import { describe, expect, it } from 'vitest';
import type { AttributeValue, FunctionDef, NodeDef } from '../../../gpu-backend/src/engine/savedmodel/graph-def.ts';
import { countOps, reachableNodes, takeBytes } from '../../../gpu-backend/src/inspection/graph-ops.ts';

function node(name: string, op: string, inputs: readonly string[] = [], calls: readonly string[] = []): NodeDef {
  const attributes = calls.map((called): [string, AttributeValue] => [
    called,
    { kind: 'function', value: { name: called, attributes: new Map() } },
  ]);
  return { name, op, inputs, attributes: new Map(attributes) };
}

function body(
  name: string,
  nodes: readonly NodeDef[],
  returns: string,
  controlReturns: readonly string[] = [],
): FunctionDef {
  return {
    name,
    inputs: [],
    outputs: [],
    attributes: new Map(),
    nodes,
    returns: new Map([['y', returns]]),
    controlReturns,
  };
}

function opsOf(nodes: readonly NodeDef[], functions: readonly FunctionDef[], tensors: readonly string[]) {
  const graph = { nodes, functions: new Map(functions.map((one) => [one.name, one])), producer: 0 };
  return Object.fromEntries(
    countOps(reachableNodes(graph, tensors).map(({ op }) => op)).map(({ op, count }) => [op, count]),
  );
}

describe('reachableNodes', () => {
  it('follows data and control edges, and leaves the rest out', () => {
    const nodes = [
      node('x', 'Placeholder'),
      node('check', 'Assert', ['x']),
      node('y', 'Relu', ['x', '^check']),
      node('save', 'SaveV2'),
    ];
    expect(opsOf(nodes, [], ['y:0'])).toEqual({ Placeholder: 1, Assert: 1, Relu: 1 });
  });

  it('goes round the loops of TensorFlow 1 once', () => {
    const nodes = [node('merge', 'Merge', ['next']), node('next', 'NextIteration', ['merge:0'])];
    expect(opsOf(nodes, [], ['merge'])).toEqual({ Merge: 1, NextIteration: 1 });
  });

  it('counts the nodes of functions once each, those that call themselves too', () => {
    const inner = body('inner', [node('a', 'Mul', ['b:z:0']), node('b', 'inner'), node('unused', 'Print')], 'a:z:0', [
      'c',
    ]);
    const outer = body('outer', [node('call', 'PartitionedCall', [], ['inner'])], 'call:output:0');
    const nodes = [node('y', 'StatefulPartitionedCall', [], ['outer']), node('z', 'PartitionedCall', ['y'], ['inner'])];
    expect(opsOf(nodes, [outer, inner], ['z'])).toEqual({
      PartitionedCall: 2,
      StatefulPartitionedCall: 1,
      Mul: 1,
      inner: 1,
    });
  });
});

describe('countOps', () => {
  it('begins with the most frequent, then by name', () => {
    expect(countOps(['b', 'c', 'a', 'c'])).toEqual([
      { op: 'c', count: 2 },
      { op: 'a', count: 1 },
      { op: 'b', count: 1 },
    ]);
  });
});

describe('takeBytes', () => {
  it.each([
    ['DecodeJpeg', true],
    ['ParseExampleV2', true],
    ['DecodeRaw', true],
    ['DecodeBase64', false],
    ['StringLower', false],
  ])('knows whether %s reads files or messages', (op, expected) => {
    expect(takeBytes(['Const', op])).toBe(expected);
  });
});
