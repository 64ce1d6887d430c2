import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type AnyTensor, Code, tensor } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../../../gpu-backend/src/engine/engine.ts';
import { tfliteEngine } from '../../../../gpu-backend/src/engine/tflite/tflite-engine.ts';
import { CPU } from '../../../contract/engine.contract.ts';
import { fp32, named, valuesOf } from '../../../support/tensors.ts';

const GOLDEN = resolve(import.meta.dirname, '../../../golden/tflite');

function load(name: string): Promise<Session> {
  return tfliteEngine.load({ format: 'tflite', path: resolve(GOLDEN, `${name}.tflite`) }, CPU);
}

function int32(shape: readonly number[], ...values: number[]): AnyTensor {
  return tensor('INT32', shape, Int32Array.from(values));
}

describe('TfliteSession', () => {
  it('returns outputs without elements', async () => {
    await using session = await load('positive');
    for (const values of [
      [-1, -2, -3],
      [4, 5, 6],
      [-1, -2, -3],
    ]) {
      const outputs = await session.run('serving_default', named({ x: fp32([3], ...values) }));
      const found = values.filter((value) => value > 0);
      expect(outputs.get('where')?.shape).toEqual([found.length, 1]);
      expect(valuesOf(outputs, 'values')).toEqual(found);
    }
  });

  it('follows shapes that depend on values, whatever ran before', async () => {
    await using session = await load('repeat');
    for (const times of [2, 5, 0, 1, 5]) {
      const inputs = named({ x: fp32([2], 1, 2), times: int32([1], times) });
      const outputs = await session.run('serving_default', inputs);
      expect(valuesOf(outputs, 'y')).toEqual(Array.from({ length: times }, () => [1, 2]).flat());
    }
  });

  it('answers INVALID_ARGUMENT when a kernel refuses the values, and runs the next call', async () => {
    await using session = await load('embedding');
    await expect(session.run('serving_default', named({ ids: int32([1, 2], 0, 10) }))).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining('GATHER'),
    });
    const outputs = await session.run('serving_default', named({ ids: int32([1, 2], 0, 9) }));
    expect(outputs.get('rows')?.shape).toEqual([1, 2, 4]);
  });

  it('refuses inputs that are empty in another way than by rows', async () => {
    await using session = await load('embedding');
    await expect(session.run('serving_default', named({ ids: int32([2, 0]) }))).rejects.toMatchObject({
      code: Code.InvalidArgument,
    });
  });

  it('runs any shape again after many others', async () => {
    await using session = await load('half_plus_two');
    for (const rows of [...Array.from({ length: 20 }, (_, index) => index + 1), 1, 20]) {
      const outputs = await session.run('serving_default', named({ x: fp32([rows], ...new Float32Array(rows)) }));
      expect(valuesOf(outputs, 'y')).toEqual(new Array(rows).fill(2));
    }
  });

  it('runs in a worker thread', async () => {
    const script = `
      import { parentPort, workerData } from 'node:worker_threads';
      const { tfliteEngine } = await import(workerData.engine);
      const session = await tfliteEngine.load({ format: 'tflite', path: workerData.path }, workerData.device);
      const x = { dtype: 'FP32', shape: [2], data: Float32Array.of(2, 4) };
      parentPort.postMessage(await session.run('serving_default', new Map([['x', x]])));`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), {
      workerData: {
        engine: new URL('../../../../gpu-backend/src/engine/tflite/tflite-engine.ts', import.meta.url).href,
        path: resolve(GOLDEN, 'half_plus_two.tflite'),
        device: CPU,
      },
    });
    const outputs = await new Promise((done, fail) => worker.once('message', done).once('error', fail));
    await worker.terminate();
    expect(outputs).toEqual(new Map([['y', fp32([2], 3, 4)]]));
  });
});

describe('tfliteEngine refuses', () => {
  it.each([
    { name: 'flex', code: Code.Unimplemented, words: ['FlexMatrixInverse', 'FlexMatrixDeterminant'] },
    { name: 'counter', code: Code.Unimplemented, words: ['ASSIGN_VARIABLE'] },
    { name: 'recurrent', code: Code.Unimplemented, words: ['"state"'] },
    { name: 'strings', code: Code.Unimplemented, words: ['"x"', 'STRING'] },
  ])('$name with the file and the reason', async ({ name, code, words }) => {
    const error = await load(name).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    for (const word of [`${name}.tflite`, ...words]) {
      expect(String(error)).toContain(word);
    }
  });
});
