import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, cancelled } from '@tensorfleet/core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { convertModel } from '../../../gpu-backend/src/inspection/convert-model.ts';
import { locateModel } from '../../../gpu-backend/src/inspection/model-location.ts';
import { HALF_PLUS_TWO, writeGarbage, writeSavedModel } from '../../support/tiny-saved-model.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'tensorfleet-convert-'));
afterAll(() => rmSync(ROOT, { recursive: true }));

const MODEL = await locateModel(writeSavedModel(join(ROOT, 'model'), HALF_PLUS_TWO).path);
const OPTIONS = { tags: ['serve'], force: false, signal: new AbortController().signal };

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(ROOT, 'out-'));
});

describe('convertModel', () => {
  it.each(['new', 'empty'])('writes into a directory that is %s', async (kind) => {
    const out = join(parent, 'out');
    if (kind === 'empty') {
      mkdirSync(out);
    }
    const converted = await convertModel(MODEL, out, OPTIONS);
    expect(converted).toMatchObject({
      directory: out,
      files: [{ path: 'programs.json' }, { path: 'serving_default.onnx' }],
      signatures: [{ name: 'serving_default', stages: [{ kind: 'onnx', file: 'serving_default.onnx' }] }],
    });
    expect(readdirSync(parent)).toEqual(['out']);
  });

  it('replaces an earlier conversion when told to, and only then', async () => {
    const out = join(parent, 'out');
    await convertModel(MODEL, out, OPTIONS);
    await expect(convertModel(MODEL, out, OPTIONS)).rejects.toMatchObject({
      code: Code.AlreadyExists,
      details: { conversion: out },
    });
    writeFileSync(join(out, 'old.onnx'), '');
    await convertModel(MODEL, out, { ...OPTIONS, force: true });
    expect(readdirSync(out).toSorted()).toEqual(['programs.json', 'serving_default.onnx']);
  });

  it.each([false, true])('never replaces other files, force: %s', async (force) => {
    writeFileSync(join(parent, 'thesis.tex'), '');
    await expect(convertModel(MODEL, parent, { ...OPTIONS, force })).rejects.toMatchObject({
      code: Code.AlreadyExists,
    });
    expect(readdirSync(parent)).toEqual(['thesis.tex']);
  });

  it('leaves nothing behind when it fails or is interrupted', async () => {
    const broken = await locateModel(writeGarbage(join(parent, 'broken')).path);
    await expect(convertModel(broken, join(parent, 'out'), OPTIONS)).rejects.toMatchObject({ code: Code.DataLoss });
    const interrupted = { ...OPTIONS, signal: AbortSignal.abort(cancelled('enough')) };
    await expect(convertModel(MODEL, join(parent, 'out'), interrupted)).rejects.toMatchObject({ code: Code.Cancelled });
    expect(readdirSync(parent)).toEqual(['broken']);
  });

  it('names the directory that would have to be there', async () => {
    const out = join(parent, 'missing', 'out');
    await expect(convertModel(MODEL, out, OPTIONS)).rejects.toMatchObject({
      code: Code.NotFound,
      message: `"${join(parent, 'missing')}" does not exist`,
    });
  });

  it('takes nothing but SavedModels', async () => {
    const onnx = await locateModel(join(import.meta.dirname, '../../fixtures/models/half_plus_two.onnx'));
    await expect(convertModel(onnx, join(parent, 'out'), OPTIONS)).rejects.toMatchObject({
      code: Code.InvalidArgument,
    });
  });
});
