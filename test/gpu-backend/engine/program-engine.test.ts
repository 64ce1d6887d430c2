import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeTensorProto } from '@tensorfleet/codecs';
import { type AnyTensor, Code, type DType, invalidArgument, tensor, unimplemented } from '@tensorfleet/core';
import { afterAll, describe, expect, it } from 'vitest';
import type { Program } from '../../../gpu-backend/src/engine/conversion/program.ts';
import { PROGRAMS_FILE } from '../../../gpu-backend/src/engine/conversion/program-file.ts';
import type { ModelArtifact } from '../../../gpu-backend/src/engine/engine.ts';
import type { HostOp } from '../../../gpu-backend/src/engine/host/host-op.ts';
import { createProgramEngine, programEngine } from '../../../gpu-backend/src/engine/program-engine.ts';
import { CPU, describeEngine } from '../../contract/engine.contract.ts';
import { ONNX_DTYPES } from '../../support/model-files.ts';
import { hostStep, onnx, ProgramDirectories, program } from '../../support/program-directory.ts';
import { fp32, named, strings, valuesOf } from '../../support/tensors.ts';

const directories = await ProgramDirectories.create();
afterAll(() => directories[Symbol.asyncDispose]());

const line = { dtype: 'FP32', shape: [null] } as const;
const halfOf = (model: string, from: string, to: string) =>
  onnx(model, [{ name: 'x', slot: from, dtype: 'FP32' }], [{ name: 'y', slot: to, dtype: 'FP32' }]);

function identity(dtype: DType): Program {
  const matrix = { dtype, shape: [null, null] } as const;
  const carried = dtype === 'BF16' ? 'fp32' : dtype.toLowerCase();
  const stage = onnx(`identity_${carried}`, [{ name: 'x', slot: 'x', dtype }], [{ name: 'y', slot: 'y', dtype }]);
  return program({ x: matrix }, { y: matrix }, { stages: [stage] });
}

const row = { dtype: 'INT32', shape: [null, 4] } as const;
const rows = (name: string) => ({ name, slot: name, dtype: 'INT32' }) as const;
describeEngine('programEngine', {
  engine: programEngine,
  halfPlusTwo: await directories.add(
    program({ x: line }, { y: line }, { stages: [halfOf('half_plus_two', 'x', 'y')] }),
  ),
  addSub: await directories.add(
    program(
      { a: row, b: row },
      { sum: row, difference: row },
      { stages: [onnx('add_sub', [rows('a'), rows('b')], [rows('sum'), rows('difference')])] },
    ),
  ),
  identity: new Map(
    await Promise.all(
      ([...ONNX_DTYPES, 'BF16'] as const).map(
        async (dtype): Promise<[DType, ModelArtifact]> => [dtype, await directories.add(identity(dtype))],
      ),
    ),
  ),
  broken: [],
});

/** Operators of the tests' own: one that works and some that do not. */
const HOST_OPS: ReadonlyMap<string, HostOp> = new Map<string, HostOp>([
  ['Identity', () => (inputs) => inputs],
  ['Nothing', () => () => []],
  [
    'Lower',
    () =>
      async ([text]) => {
        const texts = text?.dtype === 'STRING' ? text.data : [];
        const lower = texts.map((bytes) => new TextEncoder().encode(new TextDecoder().decode(bytes).toLowerCase()));
        return [tensor('STRING', text?.shape ?? [], lower)];
      },
  ],
  [
    'AddConstant',
    (_attributes, [, addend]) => {
      const offset = addend?.dtype === 'FP32' ? (addend.data[0] ?? 0) : Number.NaN;
      return ([x]) => [fp32(x?.shape ?? [], ...Array.from((x?.data ?? []) as Float32Array, (value) => value + offset))];
    },
  ],
  [
    'Refuse',
    () => () => {
      throw invalidArgument('the text is no number', { text: 'x' });
    },
  ],
  [
    'Unknown',
    () => {
      throw unimplemented('attribute N is 3, 1 is covered');
    },
  ],
]);

const engine = createProgramEngine(async () => HOST_OPS);
const host = (op: string, inputs: readonly string[], outputs: readonly string[]) =>
  ({ kind: 'host', steps: [hostStep(op, inputs, outputs)] }) as const;
const base64 = (value: AnyTensor): string => Buffer.from(encodeTensorProto(value)).toString('base64');

describe('programEngine', () => {
  it('runs host steps and graphs in turns, constants given to the operators when they are made', async () => {
    const artifact = await directories.add(
      program(
        { x: line },
        { y: line, before: line },
        {
          constants: { ten: base64(fp32([], 10)) },
          stages: [
            host('AddConstant', ['x', 'ten'], ['before']),
            halfOf('half_plus_two', 'before', 'middle'),
            halfOf('half_plus_three', 'middle', 'y'),
          ],
        },
      ),
    );
    await using session = await engine.load(artifact, CPU);
    const outputs = await session.run('serving_default', named({ x: fp32([2], 2, 6) }));
    expect([...outputs.keys()]).toEqual(['y', 'before']);
    expect([valuesOf(outputs, 'before'), valuesOf(outputs, 'y')]).toEqual([
      [12, 16],
      [7, 8],
    ]);
  });

  it('awaits host operators, whose strings need not be text', async () => {
    const text = { dtype: 'STRING', shape: [null] } as const;
    const artifact = await directories.add(
      program({ x: text }, { y: text }, { stages: [host('Lower', ['x'], ['y'])] }),
    );
    await using session = await engine.load(artifact, CPU);
    const outputs = await session.run('serving_default', named({ x: strings([2], 'ABC', 'd') }));
    expect(outputs.get('y')).toEqual(strings([2], 'abc', 'd'));
  });

  it('gives inputs, constants and what operators pass on away as copies', async () => {
    const artifact = await directories.add(
      program(
        { x: line },
        { same: line, constant: line, passed: line },
        {
          constants: { constant: base64(fp32([1], 10)) },
          stages: [host('Identity', ['x'], ['passed'])],
          outputs: { same: 'x', constant: 'constant', passed: 'passed' },
        },
      ),
    );
    await using session = await engine.load(artifact, CPU);
    const inputs = named({ x: fp32([1], 4) });
    const first = await session.run('serving_default', inputs);
    for (const output of first.values()) {
      (output.data as Float32Array)[0] = 100;
    }
    expect(valuesOf(inputs, 'x')).toEqual([4]);
    const second = await session.run('serving_default', inputs);
    expect(['same', 'constant', 'passed'].map((name) => valuesOf(second, name))).toEqual([[4], [10], [4]]);
  });

  it('keeps signatures apart that share a graph', async () => {
    const other = program({ x: line }, { z: line }, { name: 'other', stages: [halfOf('half_plus_two', 'x', 'z')] });
    const both = program(
      { x: line },
      { y: line },
      { stages: [halfOf('half_plus_two', 'x', 'h'), halfOf('half_plus_two', 'h', 'y')] },
    );
    await using session = await engine.load(await directories.add(both, other), CPU);
    expect([...session.signatures.keys()]).toEqual(['serving_default', 'other']);
    const inputs = named({ x: fp32([1], 4) });
    expect(valuesOf(await session.run('serving_default', inputs), 'y')).toEqual([4]);
    expect(valuesOf(await session.run('other', inputs), 'z')).toEqual([4]);
    await expect(session.run('third', inputs)).rejects.toMatchObject({ code: Code.NotFound });
  });

  it('tells which signatures do the same', async () => {
    const stages = [halfOf('half_plus_two', 'x', 'y')];
    const [first, twin] = ['first', 'twin'].map((name) => program({ x: line }, { y: line }, { name, stages }));
    const other = program({ x: line }, { y: line }, { name: 'other', stages: [halfOf('half_plus_three', 'x', 'y')] });
    await using session = await engine.load(await directories.add(first!, other, twin!), CPU);
    expect(session.twins).toEqual(new Map([['twin', 'first']]));
  });

  it('answers INVALID_ARGUMENT with the words of a check that is false anywhere', async () => {
    const flags = { dtype: 'BOOL', shape: [null, null] } as const;
    const check = { name: 'y', message: 'ids must lie within [0, 5)' };
    const stage = onnx('identity_bool', [{ name: 'x', slot: 'x', dtype: 'BOOL' }], [], [check]);
    const artifact = await directories.add(
      program({ x: flags }, { y: flags }, { stages: [stage], outputs: { y: 'x' } }),
    );
    await using session = await engine.load(artifact, CPU);
    const run = (...values: number[]) =>
      session.run('serving_default', named({ x: tensor('BOOL', [1, values.length], Uint8Array.from(values)) }));
    await expect(run(1, 1)).resolves.toBeDefined();
    await expect(run()).resolves.toBeDefined();
    await expect(run(1, 0)).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: 'signature "serving_default": ids must lie within [0, 5)',
    });
  });

  it.each([
    ['a refusal with its code', 'Refuse', Code.InvalidArgument, 'node "the Refuse" (Refuse): the text is no number'],
    ['an operator without its output', 'Nothing', Code.Internal, 'node "the Nothing" (Nothing) has no output 0'],
  ])('names signature and node of %s', async (_what, op, code, text) => {
    const artifact = await directories.add(program({ x: line }, { y: line }, { stages: [host(op, ['x'], ['y'])] }));
    await using session = await engine.load(artifact, CPU);
    await expect(session.run('serving_default', named({ x: fp32([1], 1) }))).rejects.toMatchObject({
      code,
      message: `signature "serving_default": ${text}`,
    });
  });

  it.each([
    ['an operator that is not there', 'Missing', 'node "the Missing": there is no host operator Missing'],
    ['attributes that an operator does not cover', 'Unknown', 'node "the Unknown" (Unknown): attribute N is 3'],
  ])('refuses to load %s', async (_what, op, text) => {
    const artifact = await directories.add(program({ x: line }, { y: line }, { stages: [host(op, ['x'], ['y'])] }));
    await expect(engine.load(artifact, CPU)).rejects.toMatchObject({
      code: Code.Unimplemented,
      message: expect.stringContaining(text),
    });
  });

  it('refuses a graph that is cut and a description that is none', async () => {
    const half = program({ x: line }, { y: line }, { stages: [halfOf('half_plus_two', 'x', 'y')] });
    const cut = await directories.add(half);
    await truncate(join(cut.path, 'half_plus_two.onnx'), 40);
    await expect(engine.load(cut, CPU)).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining('half_plus_two.onnx'),
    });
    const { path, format } = await directories.add(half);
    await writeFile(join(path, PROGRAMS_FILE), '{');
    await expect(engine.load({ path, format }, CPU)).rejects.toMatchObject({ code: Code.DataLoss });
    await expect(engine.load({ path: join(path, 'x'), format }, CPU)).rejects.toMatchObject({ code: Code.NotFound });
  });
});
