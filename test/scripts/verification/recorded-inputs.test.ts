import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readRecordedInputs } from '../../../scripts/src/verification/recorded-inputs.ts';
import { signature, valuesOf } from '../../support/tensors.ts';
import { bytesOf, npyBytes } from '../data/npy-bytes.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'tensorfleet-recorded-'));
afterAll(() => rmSync(ROOT, { recursive: true }));

const ONE = signature({ x: ['FP32', [null]] }, {});
const TWO = signature({ x: ['FP32', [null]], z: ['FP32', [null]] }, {});

function write(name: string, content: string | Uint8Array): string {
  const path = join(ROOT, name);
  writeFileSync(path, content);
  return path;
}

describe('readRecordedInputs', () => {
  it('reads the body of a request, with its signature', async () => {
    const recorded = await readRecordedInputs(write('r.json', '{"signature_name": "s", "instances": [1, 2]}'));
    expect(recorded.signatureName).toBe('s');
    expect(valuesOf(recorded.inputsOf(ONE), 'x')).toEqual([1, 2]);
  });

  it('takes one array for the only input, and for no more', async () => {
    const array = npyBytes('<f4', '(2,)', bytesOf(Float32Array.of(3, 4)));
    const recorded = await readRecordedInputs(write('x.npy', array));
    expect(valuesOf(recorded.inputsOf(ONE), 'x')).toEqual([3, 4]);
    expect(() => recorded.inputsOf(TWO)).toThrow('one array is not enough for the inputs x, z');
  });

  it('refuses pictures', async () => {
    const picture = join(import.meta.dirname, '../../../examples/mnist/pictures/7-1.png');
    await expect(readRecordedInputs(picture)).rejects.toThrow('is a picture');
  });
});
