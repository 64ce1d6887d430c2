import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type AnyTensor, type NamedTensors, type Signature, StatusError, zeros } from '@tensorfleet/core';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { tfliteEngine } from '../../gpu-backend/src/engine/tflite/tflite-engine.ts';
import { readTfliteModel } from '../../gpu-backend/src/engine/tflite/tflite-model.ts';
import { CPU } from '../contract/engine.contract.ts';

const GOLDEN = resolve(import.meta.dirname, '../golden/tflite');
const files = readdirSync(GOLDEN).filter((name) => name.endsWith('.tflite'));
const directory = mkdtempSync(join(tmpdir(), 'tensorfleet-tflite-fuzz-'));
afterAll(() => rmSync(directory, { recursive: true }));

const anyWord = fc.oneof(fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000), fc.nat(64));

const anyMutation: fc.Arbitrary<(file: Buffer) => Buffer> = fc.oneof(
  fc.nat().map((length) => (file: Buffer) => file.subarray(0, length % file.length)),
  fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }).map((bytes) => (file: Buffer) => {
    for (const [at, value] of bytes) {
      file[at % file.length] = value;
    }
    return file;
  }),
  fc.tuple(fc.nat(), anyWord).map(([at, word]) => (file: Buffer) => {
    file.writeUInt32LE(word, (at % Math.floor(file.length / 4)) * 4);
    return file;
  }),
  fc.tuple(fc.nat(), fc.nat(), fc.nat(64)).map(([from, to, length]) => (file: Buffer) => {
    const start = from % file.length;
    file.copy(file, to % file.length, start, start + length);
    return file;
  }),
);

const anyDamaged = fc
  .tuple(fc.constantFrom(...files), anyMutation)
  .map(([name, mutate]) => ({ name, bytes: mutate(readFileSync(join(GOLDEN, name))) }));

describe('damaged TFLite files', () => {
  it('are read or refused with a StatusError', () => {
    fc.assert(
      fc.property(anyDamaged, ({ name, bytes }) => {
        try {
          readTfliteModel(bytes, name);
        } catch (error) {
          expect(StatusError.is(error)).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('run or fail with a StatusError, and leave the next model as it was', async () => {
    const good = await tfliteEngine.load({ format: 'tflite', path: join(GOLDEN, 'cnn_int8.tflite') }, CPU);
    const answer = await runZeros(good);
    await fc.assert(
      fc.asyncProperty(anyDamaged, async ({ name, bytes }) => {
        const path = join(directory, name);
        writeFileSync(path, bytes);
        try {
          await using session = await tfliteEngine.load({ format: 'tflite', path }, CPU);
          await runZeros(session);
        } catch (error) {
          expect(StatusError.is(error)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
    expect(await runZeros(good)).toEqual(answer);
  });
});

type Runnable = Pick<Awaited<ReturnType<typeof tfliteEngine.load>>, 'signatures' | 'run'>;

async function runZeros(session: Runnable): Promise<NamedTensors[]> {
  const answers: NamedTensors[] = [];
  for (const signature of session.signatures.values()) {
    answers.push(await session.run(signature.name, zerosFor(signature)));
  }
  return answers;
}

/** Inputs of any size that a caller could send: a signature may claim more than there is memory. */
function zerosFor({ inputs }: Signature): NamedTensors {
  return new Map(
    Array.from(inputs, ([name, { dtype, shape }]) => {
      const sizes = (shape ?? []).map((size) => Math.min(size ?? 2, 64));
      return [name, zeros(dtype, sizes) as AnyTensor];
    }),
  );
}
