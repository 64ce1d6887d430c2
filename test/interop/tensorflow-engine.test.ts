import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, type DType, NO_RETRY } from '@tensorfleet/core';
import { afterAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../gpu-backend/src/engine/engine.ts';
import type { FencedSession } from '../../gpu-backend/src/engine/fence/fenced-engine.ts';
import { createTensorFlowEngine } from '../../gpu-backend/src/engine/tensorflow/tensorflow-engine.ts';
import { CPU, describeEngine } from '../contract/engine.contract.ts';
import { ENVIRONMENT, TENSORFLOW, TENSORFLOW_REASON } from '../support/tensorflow.ts';
import { fp32, named, valuesOf } from '../support/tensors.ts';
import { ADD_SUB, HALF_PLUS_TWO, identityOf, writeGarbage, writeSavedModel } from '../support/tiny-saved-model.ts';

const DTYPES: readonly DType[] = ['INT64', 'FP16', 'BF16', 'STRING'];
const SCRATCH = mkdtempSync(join(tmpdir(), 'tensorfleet-tensorflow-'));
afterAll(() => rmSync(SCRATCH, { recursive: true }));

describe.skipIf(TENSORFLOW === undefined)(`TensorFlow behind a process${TENSORFLOW_REASON}`, () => {
  // Made late: where TensorFlow is missing, even skipped tests are collected.
  const engine: Engine = {
    name: 'tensorflow',
    load: async (...model) => await createTensorFlowEngine({ environment: ENVIRONMENT }).load(...model),
  };
  const halfPlusTwo = writeSavedModel(join(SCRATCH, 'half_plus_two'), HALF_PLUS_TWO);

  describeEngine('createTensorFlowEngine', {
    engine,
    halfPlusTwo,
    addSub: writeSavedModel(join(SCRATCH, 'add_sub'), ADD_SUB),
    identity: new Map(DTYPES.map((dtype) => [dtype, writeSavedModel(join(SCRATCH, dtype), identityOf(dtype))])),
    broken: [writeGarbage(join(SCRATCH, 'garbage'))],
  });

  it('loses the runs of a process that is killed, and runs the next in a new one', async () => {
    await using session = await engine.load(halfPlusTwo, CPU);
    await using other = await engine.load(halfPlusTwo, CPU);
    const run = (one: typeof session) => one.run('serving_default', named({ x: fp32([1], 4) }));
    const { pid } = session as FencedSession;
    process.kill(pid!, 'SIGKILL');
    await expect(run(session)).rejects.toMatchObject({ code: Code.Unavailable, details: NO_RETRY });
    expect(valuesOf(await run(other), 'y')).toEqual([4]);
    expect(valuesOf(await run(session), 'y')).toEqual([4]);
    expect((session as FencedSession).pid).not.toBe(pid);
  });
});
