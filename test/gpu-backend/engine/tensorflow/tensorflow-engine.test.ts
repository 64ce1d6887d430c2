import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createTensorFlowEngine,
  describeTensorFlow,
} from '../../../../gpu-backend/src/engine/tensorflow/tensorflow-engine.ts';
import { findTfjsNode } from '../../../../gpu-backend/src/engine/tensorflow/tfjs-node.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'tensorfleet-tensorflow-engine-'));
afterAll(() => rmSync(ROOT, { recursive: true }));

mkdirSync(join(ROOT, 'lib'));
for (const name of ['libtensorflow_framework.so.2', 'libtensorflow.so.2']) {
  writeFileSync(join(ROOT, 'lib', name), '');
}
const INSTALLED = { TENSORFLOW_LIBRARY_PATH: ROOT };
const NOTHING = { TENSORFLOW_LIBRARY_PATH: join(ROOT, 'gone') };

describe('describeTensorFlow', () => {
  it('says which library would run a model', () => {
    expect(describeTensorFlow(INSTALLED)).toEqual({
      engine: 'libtensorflow',
      reason: `libtensorflow is at ${join(ROOT, 'lib/libtensorflow.so.2')}`,
    });
  });

  it.skipIf(findTfjsNode() !== undefined)('says where none is, and how to get one', () => {
    const { engine, reason } = describeTensorFlow(NOTHING);
    expect(engine).toBeUndefined();
    expect(reason).toContain(`TENSORFLOW_LIBRARY_PATH, ${NOTHING.TENSORFLOW_LIBRARY_PATH}, holds no libtensorflow`);
    for (const way of ['set TENSORFLOW_LIBRARY_PATH to', 'pip install tensorflow', 'npm i @tensorflow/tfjs-node']) {
      expect(reason).toContain(way);
    }
  });
});

describe('createTensorFlowEngine', () => {
  it('loads nothing before a model is loaded', () => {
    expect(createTensorFlowEngine({ environment: INSTALLED }).name).toBe('libtensorflow'); // of empty files
  });

  it.skipIf(findTfjsNode() !== undefined)('refuses what describeTensorFlow has no engine for', () => {
    const { reason } = describeTensorFlow(NOTHING);
    expect(() => createTensorFlowEngine({ environment: NOTHING })).toThrow(
      expect.objectContaining({ code: Code.FailedPrecondition, message: reason }),
    );
  });
});
