import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Code, StatusError, tensor } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../gpu-backend/src/engine/engine.ts';
import { widenEdges } from '../../../gpu-backend/src/engine/onnx-bfloat16.ts';
import { onnxEngine } from '../../../gpu-backend/src/engine/onnx-engine.ts';
import { mayLoop } from '../../../gpu-backend/src/engine/onnx-graph.ts';
import { CPU, describeEngine, type EngineFixtures } from '../../contract/engine.contract.ts';
import { modelPath, ONNX_DTYPES, onnxArtifact } from '../../support/model-files.ts';
import { int64, named } from '../../support/tensors.ts';

const CUDA: Device = { kind: 'cuda', index: 0, threads: 1 };

const MODELS: EngineFixtures = {
  engine: onnxEngine,
  halfPlusTwo: onnxArtifact('half_plus_two'),
  addSub: onnxArtifact('add_sub'),
  identity: new Map(
    [...ONNX_DTYPES, 'BF16' as const].map((dtype) => [dtype, onnxArtifact(`identity_${dtype.toLowerCase()}`)]),
  ),
  broken: [onnxArtifact('truncated'), onnxArtifact('missing')],
};

describeEngine('onnxEngine', MODELS);

async function hasCuda(): Promise<boolean> {
  const session = await onnxEngine.load(onnxArtifact('half_plus_two'), CUDA).catch(() => undefined);
  await session?.[Symbol.asyncDispose]();
  return session !== undefined;
}

const hasGpu = await hasCuda();

describe.skipIf(hasGpu)('onnxEngine without a GPU', () => {
  it('says that the device cannot be used, and does not fall back to the CPU', async () => {
    await expect(onnxEngine.load(onnxArtifact('half_plus_two'), CUDA)).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: expect.stringContaining('device cuda:0 cannot be used here: '),
    });
  });
});

// Needs a GPU, its driver, and ONNX Runtime's CUDA provider beside its binding: the image server-cuda has the last.
describe.skipIf(!hasGpu)('onnxEngine on a GPU', () => {
  describeEngine('onnxEngine with device cuda', { ...MODELS, device: CUDA });
});

describe('onnxEngine', () => {
  it('answers INVALID_ARGUMENT when a kernel refuses the values, and runs the next call', async () => {
    await using session = await onnxEngine.load(onnxArtifact('identity_string'), CPU);
    const bad = named({ x: tensor('STRING', [1, 1], [Uint8Array.of(0xff)]) });
    const good = named({ x: tensor('STRING', [1, 1], [Uint8Array.of(0x61)]) });
    await expect(session.run('serving_default', bad)).rejects.toMatchObject({ code: Code.InvalidArgument });
    await expect(session.run('serving_default', good)).resolves.toEqual(new Map([['y', good.get('x')]]));
  });

  it.each(['truncated', 'missing'])(
    'names a %s file without the folder it lies in, which clients would see',
    async (name) => {
      const { path } = onnxArtifact(name);
      const error = await onnxEngine.load({ format: 'onnx', path }, CPU).catch(StatusError.from);
      expect(error).toMatchObject({ message: expect.stringContaining(`model file ${name}.onnx cannot be loaded: `) });
      expect(error).toMatchObject({ message: expect.not.stringContaining(dirname(path)), details: { path } });
    },
  );

  it('counts down as often as it is told', async () => {
    await using session = await onnxEngine.load(onnxArtifact('countdown'), CPU);
    const outputs = await session.run('serving_default', named({ steps: int64([1], 3n) }));
    expect(outputs.get('total')?.data).toEqual(Float32Array.of(3));
  });
});

describe('widenEdges', () => {
  it('leaves a file without bfloat16 as it is, byte for byte', async () => {
    const file = await readFile(modelPath('countdown'));
    expect(Buffer.from(widenEdges(file)).equals(file)).toBe(true);
  });

  it('refuses what is no ONNX file, wherever it was cut or changed', async () => {
    const file = await readFile(modelPath('identity_bf16'));
    const damage = fc.record({ end: fc.nat(file.length), at: fc.nat(file.length), byte: fc.nat(255) });
    fc.assert(
      fc.property(damage, ({ end, at, byte }) => {
        const damaged = Buffer.from(file.subarray(0, end));
        damaged[at] = byte;
        try {
          widenEdges(damaged);
        } catch (error) {
          expect(error).toMatchObject({ code: Code.InvalidArgument });
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('mayLoop', () => {
  it.each([
    { name: 'countdown', expected: true },
    { name: 'half_plus_two', expected: false },
  ])('of $name is $expected', ({ name, expected }) => {
    expect(mayLoop(modelPath(name))).toBe(expected);
  });

  it('finds an operator wherever it lies in the file', async () => {
    const path = join(tmpdir(), `tensorfleet-loop-${process.pid}`);
    const encoded = Buffer.from('\x22\x04Scan');
    for (const offset of [0, 65_530, 65_533, 65_536, 200_000]) {
      await writeFile(path, Buffer.concat([Buffer.alloc(offset), encoded, Buffer.alloc(10)]));
      expect(mayLoop(path)).toBe(true);
    }
    await writeFile(path, Buffer.concat([Buffer.alloc(65_533), encoded.subarray(0, 5), Buffer.alloc(100_000)]));
    expect(mayLoop(path)).toBe(false);
    await rm(path);
  });
});
