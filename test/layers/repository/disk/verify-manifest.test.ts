import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyManifest } from '../../../../layers/repository/src/disk/verify-manifest.ts';
import { parseManifest } from '../../../../layers/repository/src/format/manifest.ts';
import { manifestOf } from '../../../contract/model-repository.contract.ts';
import { type TemporaryRepository, temporaryRepository } from '../../../gpu-backend/repository/temporary-repository.ts';

describe('verifyManifest', () => {
  let disk: TemporaryRepository;
  let directory: string;
  beforeEach(async () => {
    disk = await temporaryRepository();
    directory = join(disk.root, 'm/1');
    await disk.write('m/1/model.onnx', 'onnx');
    await disk.write('m/1/labels.txt', 'cat');
  });
  afterEach(async () => {
    await disk[Symbol.asyncDispose]();
  });

  const manifest = parseManifest(manifestOf({ 'model.onnx': 'onnx', 'labels.txt': 'cat' }), 'here');

  it('resolves when all files match, and when none are listed', async () => {
    await verifyManifest(directory, manifest);
    await verifyManifest(directory, { format: 1 });
  });

  it('rejects with NOT_FOUND for a missing file', async () => {
    await disk.remove('m/1/labels.txt');
    await expect(verifyManifest(directory, manifest)).rejects.toMatchObject({
      code: Code.NotFound,
      message: `"${join(directory, 'labels.txt')}" does not exist`,
    });
  });

  it('rejects with DATA_LOSS for a digest that differs', async () => {
    await writeFile(join(directory, 'labels.txt'), 'dog');
    await expect(verifyManifest(directory, manifest)).rejects.toMatchObject({
      code: Code.DataLoss,
      message: expect.stringContaining(`"${join(directory, 'labels.txt')}" does not have the SHA-256 digest`),
    });
  });

  it('compares all sizes before the first digest', async () => {
    await writeFile(join(directory, 'model.onnx'), 'ONNX');
    await writeFile(join(directory, 'labels.txt'), 'ca');
    await expect(verifyManifest(directory, manifest)).rejects.toThrow('has 2 bytes, the manifest lists 3 bytes');
  });
});
