import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLiteRt, LiteRtError } from '../../../../gpu-backend/src/engine/tflite/litert.ts';
import { shapesModel, valuesModel } from '../../../../gpu-backend/src/engine/tflite/specialize.ts';
import { readTfliteModel, type TfliteSignature } from '../../../../gpu-backend/src/engine/tflite/tflite-model.ts';

const path = resolve(import.meta.dirname, '../../../golden/tflite/half_plus_two.tflite');
const model = readTfliteModel(readFileSync(path), 'half_plus_two.tflite');
const signature = model.signatures[0] as TfliteSignature;
const outputs = [...signature.outputs.values()];

describe('valuesModel', () => {
  it.each([1, 2, 4])('fails before it writes an output of 3 elements into room for %i', async (rows) => {
    const runtime = await createLiteRt();
    const known = outputs.map((tensor) => ({ tensor, shape: [rows] }));
    const run = (): unknown =>
      runtime.compile(valuesModel(model, signature, [[3]], known)).run([new Uint8Array(12)], [rows * 4, 4]);
    expect(run).toThrow(LiteRtError);
    expect(run).toThrow(/element|RESHAPE/i);
  });
});

describe('shapesModel', () => {
  it('can be made for any number of shapes', () => {
    for (let rows = 1; rows <= 2000; rows++) {
      expect(shapesModel(model, signature, [[rows]], outputs).length).toBeGreaterThan(0);
    }
  });
});
