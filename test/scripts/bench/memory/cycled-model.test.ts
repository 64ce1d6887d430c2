import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSavedModel } from '../../../../gpu-backend/src/engine/savedmodel/read-saved-model.ts';
import { CYCLED_MODELS, writeVersion } from '../../../../scripts/src/bench/memory/cycled-model.ts';

describe('writeVersion', () => {
  let scratch: string;
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'tensorfleet-cycled-'));
  });
  afterEach(() => rm(scratch, { recursive: true }));

  it.each(CYCLED_MODELS.map((model) => [model.engine, model] as const))(
    'writes a model that can be published for %s, over the last one',
    async (_, model) => {
      const directory = join(scratch, 'source');
      await writeVersion(model, 1, directory);
      const before = await readdir(directory);
      await writeVersion(model, 2, directory);
      expect(await readdir(directory)).toEqual(before);
      expect(before).toEqual(
        expect.arrayContaining([expect.stringMatching(/^(saved_model\.pb|model\.(tflite|json))$/)]),
      );
    },
  );

  it('gives each version of a SavedModel a fingerprint of its own, and the same graph', async () => {
    const prints = new Set<string>();
    for (const version of [1, 127, 128, 500]) {
      const directory = join(scratch, String(version));
      await writeVersion(CYCLED_MODELS[0]!, version, directory);
      prints.add((await readFile(join(directory, 'fingerprint.pb'))).toString('hex'));
      expect(readSavedModel(directory).metaGraphs).toHaveLength(1);
    }
    expect(prints.size).toBe(4);
  });
});
