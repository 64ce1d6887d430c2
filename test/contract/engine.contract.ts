import { type AnyTensor, Code, type DType, tensor } from '@tensorfleet/core';
import { afterEach, describe, expect, it } from 'vitest';
import type { Device, Engine, ModelArtifact, Session } from '../../gpu-backend/src/engine/engine.ts';
import { EDGE_VALUES, fp32, named, valuesOf } from '../support/tensors.ts';

/** The same small models in the engine's own format. */
export interface EngineFixtures {
  readonly engine: Engine;
  /** Default: the CPU. */
  readonly device?: Device;
  /** y = 0.5 x + 2 over any number of rows. */
  readonly halfPlusTwo: ModelArtifact;
  /** Two inputs and two outputs, [?, 4]: `sum` and `difference` of `a` and `b`, INT32. */
  readonly addSub: ModelArtifact;
  /** y = x of shape [?, ?], for each dtype the engine carries. */
  readonly identity: ReadonlyMap<DType, ModelArtifact>;
  /** Files that are there and no model. */
  readonly broken: readonly ModelArtifact[];
}

export const CPU: Device = { kind: 'cpu', index: 0, threads: 1 };

/** What every engine keeps, whatever it executes. */
export function describeEngine(name: string, fixtures: EngineFixtures): void {
  describe(`${name} as an Engine`, () => {
    const open: Session[] = [];
    const load = async (artifact: ModelArtifact): Promise<Session> => {
      const session = await fixtures.engine.load(artifact, fixtures.device ?? CPU);
      open.push(session);
      return session;
    };
    afterEach(async () => {
      await Promise.all(open.splice(0).map((session) => session[Symbol.asyncDispose]()));
    });

    it('reads names, dtypes and shapes from the model', async () => {
      const session = await load(fixtures.addSub);
      const signature = session.signatures.get('serving_default');
      expect(signature?.inputs.get('a')).toEqual({ name: 'a', dtype: 'INT32', shape: [null, 4] });
      expect([...(signature?.outputs.keys() ?? [])].toSorted()).toEqual(['difference', 'sum']);
    });

    it.each([0, 1, 5])('runs %i rows', async (rows) => {
      const session = await load(fixtures.halfPlusTwo);
      const values = Array.from({ length: rows }, (_, index) => index);
      const outputs = await session.run('serving_default', named({ x: fp32([rows], ...values) }));
      expect(valuesOf(outputs, 'y')).toEqual(values.map((value) => value * 0.5 + 2));
    });

    it.each([...fixtures.identity])('carries %s unchanged to the edges of its range', async (dtype, artifact) => {
      const session = await load(artifact);
      const input = tensor(dtype, [1, 2], EDGE_VALUES[dtype]) as AnyTensor;
      const outputs = await session.run('serving_default', named({ x: input }));
      expect(outputs.get('y')).toEqual(input);
    });

    it('outputs do not alias the inputs', async () => {
      const session = await load(fixtures.halfPlusTwo);
      const inputs = named({ x: fp32([1], 4) });
      const outputs = await session.run('serving_default', inputs);
      (inputs.get('x')?.data as Float32Array)[0] = 100;
      expect(valuesOf(outputs, 'y')).toEqual([4]);
    });

    it.each(fixtures.broken)('refuses $path with its name', async (artifact) => {
      await expect(fixtures.engine.load(artifact, CPU)).rejects.toMatchObject({
        code: expect.toBeOneOf([Code.InvalidArgument, Code.Unimplemented, Code.DataLoss]),
        message: expect.stringContaining(artifact.path.split('/').at(-1) ?? ''),
      });
    });
  });
}
