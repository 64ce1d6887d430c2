import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterAll, describe, expect, it } from 'vitest';
import { locateModel } from '../../../gpu-backend/src/inspection/model-location.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'tensorfleet-location-'));
afterAll(() => rmSync(ROOT, { recursive: true }));

for (const path of [
  'mnist/2/saved_model.pb',
  'mnist/10/saved_model.pbtxt',
  'mnist/11/notes.txt',
  'own/net.onnx',
  'own/notes.txt',
  'two/a.onnx',
  'two/b.tflite',
  'lite/1/model.tflite',
  'js/model.json',
  'converted/programs.json',
  'converted/serve.onnx',
  'models/mnist/1/model.onnx',
]) {
  mkdirSync(join(ROOT, dirname(path)), { recursive: true });
  writeFileSync(join(ROOT, path), '');
}

describe('locateModel', () => {
  it.each([
    ['mnist', 'saved_model', 'mnist/10', 10, 'mnist'],
    ['mnist/2', 'saved_model', 'mnist/2', undefined, 'mnist'],
    ['mnist/2/saved_model.pb', 'saved_model', 'mnist/2', undefined, 'mnist'],
    ['own', 'onnx', 'own/net.onnx', undefined, 'net'],
    ['two/b.tflite', 'tflite', 'two/b.tflite', undefined, 'b'],
    ['lite', 'tflite', 'lite/1/model.tflite', 1, 'lite'],
    ['js', 'tfjs', 'js/model.json', undefined, 'js'],
    ['converted', 'program', 'converted', undefined, 'converted'],
  ])('finds in %s a model of format %s', async (path, format, place, version, name) => {
    expect(await locateModel(join(ROOT, path))).toMatchObject({ format, path: join(ROOT, place), version, name });
  });

  it.each([
    ['models', Code.NotFound, 'neither a model nor versions of one; it has the directories mnist'],
    ['mnist/11', Code.NotFound, 'neither a model nor versions of one'],
    ['nothing', Code.NotFound, 'does not exist'],
    ['two', Code.FailedPrecondition, 'holds several models: name one of a.onnx, b.tflite'],
    ['own/notes.txt', Code.InvalidArgument, 'is no model file: those end in .onnx'],
  ])('says what is wrong with %s', async (path, code, words) => {
    await expect(locateModel(join(ROOT, path))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });

  it('says that it has no client for other places', async () => {
    await expect(locateModel('s3://bucket/model/1')).rejects.toMatchObject({
      code: Code.Unimplemented,
      message: expect.stringContaining('s3:// is for servers and publishing'),
    });
  });
});
