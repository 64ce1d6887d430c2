import { describe, expect, it } from 'vitest';
import { processEnvironment } from '../../../../gpu-backend/src/engine/tensorflow/environment.ts';
import { CPU } from '../../../contract/engine.contract.ts';

const SET = {
  PATH: '/bin',
  TF_CPP_MIN_LOG_LEVEL: '0',
  CUDA_VISIBLE_DEVICES: '2',
  AWS_SECRET_ACCESS_KEY: 's',
  TOKEN: 't',
};

describe('processEnvironment', () => {
  it('passes on what TensorFlow reads, and nothing that may be a secret', () => {
    expect(processEnvironment(SET, { kind: 'cuda', index: 0, threads: 1 })).toEqual({
      PATH: '/bin',
      TF_CPP_MIN_LOG_LEVEL: '0',
      TF_ENABLE_ONEDNN_OPTS: '0',
      CUDA_VISIBLE_DEVICES: '2',
    });
  });

  it('hides the GPUs from a model for the CPU', () => {
    expect(processEnvironment(SET, CPU)['CUDA_VISIBLE_DEVICES']).toBe('-1');
  });
});
