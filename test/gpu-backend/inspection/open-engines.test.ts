import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterAll, describe, expect, it } from 'vitest';
import { locateModel } from '../../../gpu-backend/src/inspection/model-location.ts';
import { openEngines } from '../../../gpu-backend/src/inspection/open-engines.ts';
import { HALF_PLUS_TWO, writeSavedModel } from '../../support/tiny-saved-model.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'tensorfleet-engines-'));
afterAll(() => rmSync(ROOT, { recursive: true }));

const OPTIONS = {
  tags: ['serve'],
  environment: { TENSORFLOW_LIBRARY_PATH: join(ROOT, 'nothing') },
  signal: new AbortController().signal,
};

describe('openEngines', () => {
  it('tells how to get TensorFlow where there is none, before it converts', async () => {
    const model = await locateModel(writeSavedModel(join(ROOT, 'model'), HALF_PLUS_TWO).path);
    await expect(openEngines(model, OPTIONS)).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: expect.stringContaining('pip install tensorflow'),
    });
  });

  it('takes nothing but SavedModels', async () => {
    const onnx = await locateModel(join(import.meta.dirname, '../../fixtures/models/half_plus_two.onnx'));
    await expect(openEngines(onnx, OPTIONS)).rejects.toMatchObject({ code: Code.InvalidArgument });
  });
});
