import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createFleetClient, type FleetClient } from '@tensorfleet/client';
import { Code, type ModelSpec, type NamedTensors, version } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { expectTensorsClose } from './compare-tensors.ts';
import { type Golden, type GoldenCase, goldensOf, HAS_KIT, KIT_REASON } from './conformance-kit.ts';
import { TemporaryRepository } from './model-repository.ts';
import { isSayableInJson, restPredict } from './rest-predict.ts';
import { TENSORFLOW } from './tensorflow.ts';
import { type RunningServer, useServer } from './use-server.ts';

const ONNX = goldensOf('onnx');
export const GOLDENS: readonly Golden[] = [...ONNX, ...goldensOf('savedmodel'), ...goldensOf('tflite')];

function isUtf8(inputs: NamedTensors): boolean {
  const decoder = new TextDecoder('utf-8');
  const isText = (bytes: Uint8Array) => !decoder.decode(bytes).includes('\ufffd');
  return [...inputs.values()].every((input) => input.dtype !== 'STRING' || input.data.every(isText));
}

/** Strings that are not UTF-8 are what ONNX Runtime's Node binding cannot carry. */
function casesOf(golden: Golden): readonly GoldenCase[] {
  return golden.readCases().filter(({ inputs }) => !ONNX.includes(golden) || isUtf8(inputs));
}

function specOf({ model, version: number }: Golden, signatureName: string): ModelSpec {
  return { name: `${model}-${number}`, version: version(number), signatureName };
}

/** The goldens have names of their own for the one output of a TFLite file, which JSON does not name. */
function expectOutputs(outputs: NamedTensors, golden: GoldenCase): void {
  for (const [name, expected] of golden.outputs) {
    const only = golden.outputs.size === 1 ? [...outputs.values()][0] : undefined;
    expectTensorsClose(outputs.get(name) ?? only, expected, golden);
  }
}

/** Serves these models, and compares what they answer over gRPC and REST with what was computed before. */
export function describeConformance(goldens: readonly Golden[]): void {
  describe.skipIf(!HAS_KIT)(`conformance models${KIT_REASON}`, () => {
    let repository: TemporaryRepository;
    let running: RunningServer;
    let fleet: FleetClient;

    beforeAll(async () => {
      repository = await TemporaryRepository.create();
      for (const { model, version: number, directory } of goldens) {
        const target = join(repository.root, `${model}-${number}`, String(number));
        await mkdir(target, { recursive: true });
        await cp(directory, target, { recursive: true });
      }
      running = await useServer(repository.root, { num_load_threads: 4, rest_api_all_dtypes: true });
      fleet = createFleetClient({ target: running.grpc });
    });

    afterAll(async () => {
      await fleet.close();
      await running[Symbol.asyncDispose]();
      await repository[Symbol.asyncDispose]();
    });

    /** Skips a model that only TensorFlow runs, where there is none; fails with the server's words for any other. */
    const expectServed = async ({ model, version: number, needs }: Golden, { skip }: TestContext): Promise<void> => {
      const [status] = await fleet.status({ name: `${model}-${number}` });
      const isRefused = status?.errorCode === Code.Unimplemented && needs !== 'any';
      skip(isRefused && TENSORFLOW === undefined, `needs TensorFlow: ${status?.errorMessage}`);
      expect(status?.errorMessage).toBe('');
    };

    const rows = goldens.map((golden) => [`${golden.model} ${golden.version}`, golden] as const);

    it.for(rows)('%s over gRPC', async ([, golden], context) => {
      await expectServed(golden, context);
      for (const one of casesOf(golden)) {
        const { outputs } = await fleet.predict(specOf(golden, one.signature), one.inputs);
        expectOutputs(outputs, one);
      }
    });

    it.for(rows)('%s over REST', async ([, golden], context) => {
      await expectServed(golden, context);
      for (const one of casesOf(golden)) {
        if (!isSayableInJson(one.inputs)) {
          continue;
        }
        const spec = specOf(golden, one.signature);
        const outputs = await restPredict(running.rest, spec, one.inputs, one.outputs);
        expectOutputs(outputs, one);
      }
    });
  });
}
