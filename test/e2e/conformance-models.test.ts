import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createFleetClient, type FleetClient } from '@tensorfleet/client';
import { type NamedTensors, version } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectTensorsClose } from '../support/compare-tensors.ts';
import { goldensOf, HAS_KIT, KIT_REASON } from '../support/conformance-kit.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

/** What ONNX Runtime's Node binding cannot carry: bfloat16, and strings that are not UTF-8. */
const NOT_CARRIED = new Set(['identity_bf16']);

const GOLDENS = goldensOf('onnx').filter(({ model }) => !NOT_CARRIED.has(model));

function isUtf8(inputs: NamedTensors): boolean {
  const decoder = new TextDecoder('utf-8');
  const isText = (bytes: Uint8Array) => !decoder.decode(bytes).includes('\ufffd');
  return [...inputs.values()].every((input) => input.dtype !== 'STRING' || input.data.every(isText));
}

describe.skipIf(!HAS_KIT)(`conformance models${KIT_REASON}`, () => {
  let repository: TemporaryRepository;
  let running: RunningServer;
  let fleet: FleetClient;

  beforeAll(async () => {
    repository = await TemporaryRepository.create();
    for (const { model, version: number, directory } of GOLDENS) {
      const target = join(repository.root, `${model}-${number}`, String(number));
      await mkdir(target, { recursive: true });
      await cp(directory, target, { recursive: true });
    }
    running = await useServer(repository.root);
    fleet = createFleetClient({ target: running.grpc });
  });

  afterAll(async () => {
    await fleet.close();
    await running[Symbol.asyncDispose]();
    await repository[Symbol.asyncDispose]();
  });

  it.each(GOLDENS.map((golden) => [`${golden.model} ${golden.version}`, golden] as const))(
    '%s',
    async (_name, golden) => {
      for (const one of golden.readCases()) {
        const { inputs } = one;
        if (!isUtf8(inputs)) {
          continue;
        }
        const spec = {
          name: `${golden.model}-${golden.version}`,
          version: version(golden.version),
          signatureName: one.signature,
        };
        const { outputs } = await fleet.predict(spec, inputs);
        for (const [name, expected] of one.outputs) {
          expectTensorsClose(outputs.get(name), expected, one);
        }
      }
    },
  );
});
