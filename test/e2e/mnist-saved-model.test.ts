import { createFleetClient, type FleetClient } from '@tensorfleet/client';
import {
  decodeGetModelMetadataResponse,
  encodeGetModelMetadataRequest,
  METADATA_FIELDS,
  RPC_PATHS,
} from '@tensorfleet/codecs';
import { type AnyTensor, openCall, systemClock, tensor } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGrpcServices } from '../../gpu-backend/src/listeners/grpc/grpc-services.ts';
import { expectTensorsClose } from '../support/compare-tensors.ts';
import { readHeldOut } from '../support/held-out.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { named } from '../support/tensors.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

const VERSIONS = [1, 2, 3];
const CLASSES = 10;
/** Float32 sums in another order. */
const TOLERANCE = { rtol: 1e-5, atol: 1e-6 };

let repository: TemporaryRepository;
let running: RunningServer;
let fleet: FleetClient;
let images: AnyTensor;

beforeAll(async () => {
  repository = await TemporaryRepository.create();
  for (const version of VERSIONS) {
    await repository.addMnist(version, `onnx-${version}`);
    await repository.addMnist(version, `saved-model-${version}`, 'saved_model');
  }
  running = await useServer(repository.root);
  fleet = createFleetClient({ target: running.grpc });
  const digits = await readHeldOut();
  const pixels = digits.flatMap((digit) => Array.from(digit.pixels, (pixel) => pixel / 255));
  images = tensor('FP32', [digits.length, 28, 28, 1], Float32Array.from(pixels));
});

afterAll(async () => {
  await fleet.close();
  await running[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
});

async function scoresOf(name: string): Promise<AnyTensor> {
  const { outputs } = await fleet.predict({ name }, named({ images }));
  return outputs.get('scores') ?? expect.fail(`${name} has no scores`);
}

function labelsOf({ data }: AnyTensor): readonly number[] {
  const scores = Array.from(data as Float32Array);
  return Array.from({ length: scores.length / CLASSES }, (_, row) => {
    const own = scores.slice(row * CLASSES, (row + 1) * CLASSES);
    return own.indexOf(Math.max(...own));
  });
}

describe('the digit reader as SavedModel', () => {
  it.each(VERSIONS)('version %i predicts what its ONNX file predicts, for every held-out digit', async (version) => {
    const [onnx, savedModel] = [await scoresOf(`onnx-${version}`), await scoresOf(`saved-model-${version}`)];
    expectTensorsClose(savedModel, onnx, TOLERANCE);
    expect(labelsOf(savedModel)).toEqual(labelsOf(onnx));
  });

  it('is converted, and says so in the list of models and in its metadata', async () => {
    const { parts } = running.server;
    using handle = parts.manager.acquire({ name: 'saved-model-3' });
    expect(handle.servable.choice).toEqual({ engine: 'onnx', reason: 'converted' });
    const { models } = (await (await fetch(`${running.rest}/v1/models`)).json()) as { models: { name: string }[] };
    expect(models.find(({ name }) => name === 'saved-model-3')).toMatchObject({
      versions: [{ state: 'AVAILABLE', engine: { engine: 'onnx', reason: 'converted' } }],
    });
    const method = createGrpcServices(parts.core).get(RPC_PATHS.getModelMetadata);
    const run = method?.kind === 'unary' ? method.run : expect.fail('no such method');
    const request = { modelSpec: { name: 'saved-model-3' }, metadataFields: [METADATA_FIELDS.engine] };
    const { context } = openCall(systemClock, 'r', Number.POSITIVE_INFINITY);
    const answer = await run(encodeGetModelMetadataRequest(request), context, {
      take: () => undefined,
      give: () => undefined,
      [Symbol.dispose]: () => undefined,
    });
    expect(decodeGetModelMetadataResponse(answer)).toEqual({
      modelSpec: { name: 'saved-model-3', version: 3 },
      engine: '{"engine":"onnx","reason":"converted"}',
    });
  });
});
