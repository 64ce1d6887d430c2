import type { ModelInspection } from '@tensorfleet/gpu-backend';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { renderInspection } from '../../../scripts/src/inspection/render-inspection.ts';

const PLAIN = picocolors.createColors(false);

const INSPECTION: ModelInspection = {
  path: '/models/text/3',
  format: 'saved_model',
  signatures: [
    {
      name: 'serving_default',
      methodName: 'tensorflow/serving/predict',
      inputs: [
        { name: 'text', dtype: 'DT_STRING', shape: [null], tensor: 'text:0', default: null, holdsBytes: false },
        { name: 'k', dtype: 'DT_INT32', shape: [], tensor: 'k:0', default: '5', holdsBytes: false },
      ],
      outputs: [{ name: 'ids', dtype: 'DT_INT64', shape: null, tensor: 'Call:0', default: null, holdsBytes: false }],
      stages: [
        { kind: 'host', steps: [{ op: 'StringLower', node: 'lower' }] },
        { kind: 'map', node: 'map', stages: [{ kind: 'onnx', file: 'serving_default.onnx', checks: 1 }] },
      ],
    },
  ],
  ops: [
    { op: 'Const', count: 1200 },
    { op: 'StringLower', count: 1 },
  ],
  size: { files: 3, bytes: 12_345, weights: 2, parameters: 1500, weightBytes: 6000 },
  verdict: { engine: 'onnx', reason: 'ONNX Runtime runs it, converted: 1 graph', refusals: [], tensorflow: null },
  facts: [
    { title: 'TensorFlow', value: '2.21.0' },
    { title: 'tags', value: '{serve}' },
  ],
};

describe('renderInspection', () => {
  it('shows everything, with what to type', () => {
    expect(renderInspection(INSPECTION, 'text', PLAIN).split('\n').slice(0, -2)).toEqual([
      '/models/text/3  SavedModel',
      '',
      'engine      onnx: ONNX Runtime runs it, converted: 1 graph',
      'files       3, 12.3 kB',
      'weights     2 with 1,500 parameters, 6.00 kB',
      'written by  TensorFlow 2.21.0',
      'tags        {serve}',
      '',
      'signature serving_default  tensorflow/serving/predict',
      '          name  dtype      shape  tensor  default',
      '  input   text  DT_STRING  [?]    text:0',
      '  input   k     DT_INT32   []     k:0     5',
      '  output  ids   DT_INT64   any    Call:0',
      '  runs  StringLower in TypeScript, then for each element (serving_default.onnx on ONNX Runtime (1 check))',
      '',
      'ops  2 kinds, 1,201 nodes',
      '  Const 1,200  StringLower 1',
      '',
      'ask serving_default',
    ]);
  });

  it('says which nodes are in the way, some of each op, and what TensorFlow there is', () => {
    const nodes = ['a', 'b', 'c', 'd', 'e', 'f'];
    const refusals = [
      ...nodes.map((node) => ({ op: 'AssignOp', node, reason: 'it has state' })),
      { op: 'Odd', node: 'g', reason: 'not supported' },
    ];
    const verdict = {
      engine: null,
      reason: 'it cannot be converted: 7 nodes',
      refusals,
      tensorflow: 'none is installed',
    };
    expect(renderInspection({ ...INSPECTION, verdict, signatures: [], ops: [] }, 'text', PLAIN).split('\n')).toEqual([
      '/models/text/3  SavedModel',
      '',
      'engine      none: it cannot be converted: 7 nodes',
      'TensorFlow  none is installed',
      'files       3, 12.3 kB',
      'weights     2 with 1,500 parameters, 6.00 kB',
      'written by  TensorFlow 2.21.0',
      'tags        {serve}',
      '',
      'in the way of a conversion',
      '  AssignOp: it has state',
      '    a',
      '    b',
      '    c',
      '    d',
      '    and 2 more, which --json lists',
      '  Odd: not supported',
      '    g',
    ]);
  });

  it('keeps names from the file from writing to the terminal', () => {
    const [signature] = INSPECTION.signatures;
    const hostile = { ...INSPECTION, signatures: [{ ...signature!, name: 'a\u001b[2Jb\nc' }], path: 'x\u0007' };
    const text = renderInspection(hostile, 'm\u001b', PLAIN);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });
});
