import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AnyTensor, allocate, Code, type NamedTensors, type Signature } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertSavedModel } from '../../../../gpu-backend/src/engine/conversion/convert-saved-model.ts';
import { hasState } from '../../../../gpu-backend/src/engine/conversion/variables-file.ts';
import type { Session } from '../../../../gpu-backend/src/engine/engine.ts';
import { programEngine } from '../../../../gpu-backend/src/engine/program-engine.ts';
import { profileSession } from '../../../../gpu-backend/src/model/session-profile.ts';
import { temporaryDirectory } from '../savedmodel/temporary-directory.ts';

const MODELS = resolve(import.meta.dirname, '../../../golden/state');
const CPU = { kind: 'cpu', index: 0, threads: 1 } as const;

type Numbers = number | readonly number[];

/** One request and what TensorFlow answered to it, after those before. */
interface Call {
  readonly signature: string;
  readonly inputs: Readonly<Record<string, Numbers>>;
  readonly outputs: Readonly<Record<string, Numbers>>;
}

const EXPECTED = JSON.parse(readFileSync(resolve(MODELS, 'expected.json'), 'utf8')) as Record<string, readonly Call[]>;

function convert(model: string, output: string): void {
  convertSavedModel({ directory: resolve(MODELS, model), tags: ['serve'] }, output);
}

/** A session of its own, as a version that was just loaded has it. */
async function open(model: string): Promise<Session & AsyncDisposable> {
  using output = temporaryDirectory();
  convert(model, output.path);
  return await programEngine.load({ format: 'program', path: output.path }, CPU);
}

function tensorsOf({ inputs }: Signature, values: Call['inputs']): NamedTensors {
  return new Map(
    Object.entries(values).map(([name, value]): [string, AnyTensor] => {
      const numbers = [value].flat();
      const dtype = inputs.get(name)?.dtype ?? 'FP32';
      const data = allocate(dtype, numbers.length) as unknown as (number | bigint)[];
      numbers.forEach((each, index) => {
        data[index] = dtype === 'INT64' ? BigInt(each) : each;
      });
      return [name, { dtype, shape: Array.isArray(value) ? [numbers.length] : [], data } as unknown as AnyTensor];
    }),
  );
}

async function call(session: Session, name: string, inputs: Call['inputs']): Promise<Call['outputs']> {
  const signature = session.signatures.get(name);
  const outputs = signature && (await session.run(name, tensorsOf(signature, inputs)));
  return Object.fromEntries(
    Array.from(outputs ?? [], ([alias, { shape, data }]) => {
      const numbers = Array.from(data as ArrayLike<number | bigint>, Number);
      return [alias, shape.length === 0 ? (numbers[0] ?? Number.NaN) : numbers];
    }),
  );
}

describe('a model that requests change', () => {
  it.each(Object.entries(EXPECTED))('%s answers a sequence of requests as TensorFlow does', async (model, calls) => {
    await using session = await open(model);
    for (const { signature, inputs, outputs } of calls) {
      expect(await call(session, signature, inputs), signature).toEqual(outputs);
    }
  });

  it('begins with its checkpoint whenever it is loaded', async () => {
    using output = temporaryDirectory();
    convert('counter', output.path);
    for (let load = 0; load < 2; load++) {
      await using session = await programEngine.load({ format: 'program', path: output.path }, CPU);
      expect(await call(session, 'add', { delta: 1 })).toEqual({ total: 8 });
    }
  });

  it('adds up whatever it is sent', async () => {
    await using session = await open('counter');
    let total = 7n;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer(), { maxLength: 8 }), async (deltas) => {
        for (const delta of deltas) {
          total += BigInt(delta);
          expect(await call(session, 'add', { delta })).toEqual({ total: Number(total) });
        }
        expect(await call(session, 'get', {})).toEqual({ total: Number(total) });
      }),
      { numRuns: 50, seed: 5 },
    );
  });

  it('stays as it was when a run fails', async () => {
    await using session = await open('counter');
    const wrong = new Map([['x', { dtype: 'FP32', shape: [3], data: new Float32Array(3) } as const]]);
    await expect(session.run('blend', wrong)).rejects.toMatchObject({ code: Code.InvalidArgument });
    expect(await call(session, 'shift', { x: [0] })).toEqual({ y: [0.5] });
  });

  it('keeps its own values when the answer is changed or moved away', async () => {
    await using session = await open('counter');
    for (const data of [await session.run('get', new Map()), await session.run('swap', int64('delta', 9))].map(
      (outputs) => [...outputs.values()][0]?.data as BigInt64Array,
    )) {
      structuredClone(data, { transfer: [data.buffer as ArrayBuffer] }); // as the worker does
    }
    expect(await call(session, 'get', {})).toEqual({ total: 9 });
  });

  it('is not run by made-up requests', async () => {
    await using session = await open('counter');
    const profiles = await profileSession(session, 4);
    expect([...profiles.values()].some(({ batchable, oneRowMs }) => batchable || oneRowMs !== undefined)).toBe(false);
    expect(await call(session, 'get', {})).toEqual({ total: 7 });
  });

  it.each([
    ['counter', true],
    ['../savedmodel/dtypes', false],
  ])('is told from others: %s', (model, expected) => {
    using output = temporaryDirectory();
    convert(model, output.path);
    expect(hasState(output.path)).toBe(expected);
  });

  it.each([
    ['unordered', 'nothing orders it and "AssignAddVariableOp"'],
    ['alias', 'nothing orders it and "counter/read" (Identity), which uses the variable "counter", too'],
    ['branch', 'it assigns to a variable in a way that cannot be followed'],
  ])('is refused when the order of reads and changes is open: %s', (model, reason) => {
    using output = temporaryDirectory();
    expect(() => convert(model, output.path)).toThrow(
      expect.objectContaining({ code: Code.Unimplemented, message: expect.stringContaining(reason) }),
    );
  });
});

function int64(name: string, value: number): NamedTensors {
  return new Map([[name, { dtype: 'INT64', shape: [], data: BigInt64Array.of(BigInt(value)) }]]);
}
