import { CLASSIFY_METHOD, REGRESS_METHOD, type Signature } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { type ClassOutput, classOutputOf } from '../../../../gpu-backend/src/server/shadow/class-output.ts';
import { signature } from '../../../support/tensors.ts';

function withOutputs(methodName: string, ...outputs: string[]): Signature {
  return { ...signature({}, Object.fromEntries(outputs.map((name) => [name, ['FP32', null]]))), methodName };
}

const PREDICT = 'tensorflow/serving/predict';
const PIPELINE = JSON.stringify({ postprocess: { classification: { output: 'probabilities', labels: ['a'] } } });

describe('classOutputOf', () => {
  it.each<[string, Signature, string | undefined, ClassOutput | undefined]>([
    ['a classify signature', withOutputs(CLASSIFY_METHOD, 'scores'), undefined, { scores: 'scores' }],
    [
      'a classify signature with names',
      withOutputs(CLASSIFY_METHOD, 'classes', 'scores'),
      undefined,
      { scores: 'scores', names: 'classes' },
    ],
    ['a classify signature without scores', withOutputs(CLASSIFY_METHOD, 'classes'), undefined, undefined],
    ['the output of the manifest', withOutputs(PREDICT, 'probabilities', 'x'), PIPELINE, { scores: 'probabilities' }],
    ['a manifest that names another output', withOutputs(PREDICT, 'scores'), PIPELINE, undefined],
    ['a manifest without postprocess', withOutputs(PREDICT, 'scores'), '{"preprocess":{}}', undefined],
    ['no manifest', withOutputs(PREDICT, 'scores'), undefined, undefined],
    ['a regress signature', withOutputs(REGRESS_METHOD, 'outputs'), undefined, undefined],
  ])('knows %s', (_what, given, pipeline, expected) => {
    expect(classOutputOf(given, pipeline)).toEqual(expected);
    expect(classOutputOf(given, pipeline)).toEqual(expected);
  });
});
