import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StatusError } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertTfjs } from '../../gpu-backend/src/engine/conversion/convert-tfjs.ts';
import { tfjsEngine } from '../../gpu-backend/src/engine/tfjs/tfjs-engine.ts';
import { CPU } from '../contract/engine.contract.ts';
import { expectTensorsClose } from '../support/compare-tensors.ts';
import { copyOfTfjsModel, tfjsArtifact, tfjsCases } from '../support/tfjs-models.ts';

const MODELS = ['fused_conv', 'loop', 'quantized_uint8', 'keras_mlp', 'keras_lstm'];

/** Bytes overwritten, bytes cut out, or the end cut off. */
const mutations = fc.array(
  fc.record({
    kind: fc.constantFrom('set', 'cut', 'end'),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('0123456789-"{}[]:,'))),
  }),
  { minLength: 1, maxLength: 4 },
);

function mutate(bytes: Uint8Array, changes: readonly { kind: string; at: number; byte: number }[]): Uint8Array {
  let result = Uint8Array.from(bytes);
  for (const { kind, at, byte } of changes) {
    const place = Math.min(result.length - 1, Math.floor(at * result.length));
    if (kind === 'set' && result.length > 0) {
      result[place] = byte;
    } else if (kind === 'cut') {
      result = Uint8Array.from([...result.subarray(0, place), ...result.subarray(place + 1 + (byte % 8))]);
    } else if (kind === 'end' && byte < 32) {
      result = result.slice(0, place);
    }
  }
  return result;
}

const SEED = 20_261_121;

describe(`a mutated TensorFlow.js model, seed ${SEED}`, () => {
  it.each(MODELS)('%s runs or is refused with a StatusError, by the engine and by the converter', async (name) => {
    await using copy = await copyOfTfjsModel(name);
    const original = readFileSync(tfjsArtifact(name).path);
    const shards = (await readdir(copy.directory)).filter((file) => file.endsWith('.bin'));
    const [first] = tfjsCases(name);
    await fc.assert(
      fc.asyncProperty(mutations, fc.boolean(), async (changes, inWeights) => {
        const shard = join(copy.directory, shards[0]!);
        const intact = await readFile(shard);
        await writeFile(copy.artifact.path, inWeights ? original : mutate(original, changes));
        await writeFile(shard, inWeights ? mutate(intact, changes) : intact);
        try {
          await using session = await tfjsEngine.load(copy.artifact, CPU);
          if (name !== 'loop') {
            await session.run('serving_default', first!.inputs); // a loop may have become endless
          }
        } catch (error) {
          expect(StatusError.is(error), String(error)).toBe(true);
        }
        try {
          await convertTfjs(copy.artifact.path, await mkdtemp(join(copy.directory, 'converted-')));
        } catch (error) {
          expect(StatusError.is(error), String(error)).toBe(true);
        }
        await writeFile(shard, intact);
      }),
      { numRuns: 150, seed: SEED },
    );
    await using session = await tfjsEngine.load(tfjsArtifact(name), CPU);
    const answer = await session.run('serving_default', first!.inputs);
    for (const [output, expected] of first!.outputs) {
      expectTensorsClose(answer.get(output), expected, { rtol: 1e-5, atol: 1e-6 });
    }
  });
});
