import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFleetClient } from '@tensorfleet/client';
import { describe, expect, it } from 'vitest';
import { expectTensorsClose } from '../support/compare-tensors.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { tfjsCases, tfjsDirectory } from '../support/tfjs-models.ts';
import { useServer } from '../support/use-server.ts';

/** Float32 sums in another order. */
const TOLERANCE = { rtol: 1e-5, atol: 1e-6 };

/** As a converter writes it for a model with tables, of which there is none here. */
async function addInitializer(path: string): Promise<void> {
  const model = JSON.parse(await readFile(path, 'utf8')) as object;
  const modelInitializer = { node: [{ name: 'init', op: 'NoOp' }], versions: {} };
  const initializerSignature = { inputs: {}, outputs: {} };
  await writeFile(path, JSON.stringify({ ...model, modelInitializer, initializerSignature }));
}

const MODELS = [
  ['graph', 'fused_conv'],
  ['layers', 'keras_mlp'],
  ['refused', 'fused_conv'],
] as const;

describe('models of TensorFlow.js', () => {
  it('are converted where that works, and run on TensorFlow.js where not', async () => {
    await using repository = await TemporaryRepository.create();
    for (const [name, source] of MODELS) {
      await cp(tfjsDirectory(source), join(repository.root, name, '1'), { recursive: true });
    }
    await addInitializer(join(repository.root, 'refused/1/model.json'));
    await using running = await useServer(repository.root);
    const fleet = createFleetClient({ target: running.grpc });
    const chosen: Record<string, unknown> = {};
    for (const [name, source] of MODELS) {
      for (const { inputs, outputs } of tfjsCases(source)) {
        const answer = await fleet.predict({ name }, inputs);
        for (const [output, expected] of outputs) {
          expectTensorsClose(answer.outputs.get(output), expected, TOLERANCE);
        }
      }
      using handle = running.server.parts.manager.acquire({ name });
      chosen[name] = handle.servable.choice;
    }
    await fleet.close();
    expect(chosen).toEqual({
      graph: { engine: 'onnx', reason: 'converted' },
      layers: { engine: 'tfjs', reason: 'the version holds model.json' },
      refused: {
        engine: 'tfjs',
        reason: 'it cannot be converted: the graph model fills tables; TensorFlow.js runs it',
      },
    });
  });
});
