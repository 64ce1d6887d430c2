import { Code, invalidArgument, type NamedTensors, openCall, unavailable, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { type BatchPolicyOptions, resolveBatchPolicy } from '../../../gpu-backend/src/batching/batch-policy.ts';
import { createBatchScheduler } from '../../../gpu-backend/src/batching/shared-batch-scheduler.ts';
import {
  createModelServable,
  type InferenceTask,
  type ModelServable,
} from '../../../gpu-backend/src/model/model-servable.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeExecutor } from '../../fakes/fake-executor.ts';
import { fp32, named, signature, valuesOf } from '../../support/tensors.ts';

const SIGNATURE = signature({ x: ['FP32', [null]] }, { y: ['FP32', [null]] });
const TWO_INPUTS = signature({ a: ['FP32', [null]], b: ['FP32', [null]] }, { y: ['FP32', [null]] });

/** Doubles every row; refuses a run that holds -1, as a kernel would. */
function double(inputs: NamedTensors): NamedTensors {
  const values = valuesOf(inputs, 'x');
  if (values.includes(-1)) {
    throw invalidArgument('the model refused -1');
  }
  return named({ y: fp32([values.length], ...values.map((value) => value * 2)) });
}

interface Bench {
  readonly servable: ModelServable;
  readonly executor: FakeExecutor;
  predict(...values: number[]): Promise<number[]>;
}

function bench(compute = double, options: BatchPolicyOptions = {}, served = SIGNATURE): Bench {
  const clock = new FakeClock();
  const executor = new FakeExecutor(compute);
  const policy = resolveBatchPolicy(options);
  const servable = createModelServable({
    id: { name: 'm', version: version(1) },
    signatures: new Map([[served.name, served]]),
    batchable: new Set([served.name]),
    pipeline: undefined,
    model: { choice: { engine: 'onnx', reason: 'a test' }, [Symbol.asyncDispose]: async () => undefined },
    executor,
    policy,
    createScheduler: (execute) =>
      createBatchScheduler<InferenceTask, NamedTensors>({
        policy,
        keyOf: (task) => task.key,
        execute,
        slots: 1,
        clock,
        defer: (run) => setImmediate(run),
      }),
  });
  const { context } = openCall(clock, 'r', Number.POSITIVE_INFINITY);
  return {
    servable,
    executor,
    predict: async (...values) =>
      valuesOf(await servable.predict(served, named({ x: fp32([values.length], ...values) }), context), 'y'),
  };
}

describe('ModelServable', () => {
  it('runs what arrives together once and gives each request its own rows', async () => {
    const { predict, executor } = bench();
    await expect(Promise.all([predict(1, 2), predict(3), predict()])).resolves.toEqual([[2, 4], [6], []]);
    expect(executor.runs).toHaveLength(1);
  });

  it('lets a refused request fail alone', async () => {
    const { predict } = bench();
    const [good, bad, other] = await Promise.allSettled([predict(1), predict(-1), predict(3)]);
    expect(good).toMatchObject({ value: [2] });
    expect(other).toMatchObject({ value: [6] });
    expect(bad).toMatchObject({ reason: { code: Code.InvalidArgument, message: 'the model refused -1' } });
  });

  it('does not repeat a batch whose worker died', async () => {
    const { predict, executor } = bench(() => {
      throw unavailable('the worker died');
    });
    const results = await Promise.allSettled([predict(1), predict(2)]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    expect(executor.runs).toHaveLength(1);
  });

  it('runs a request larger than a batch in parts', async () => {
    const { predict, executor } = bench(double, { maxBatchSize: 2 });
    await expect(predict(1, 2, 3, 4, 5)).resolves.toEqual([2, 4, 6, 8, 10]);
    expect(executor.runs.map((run) => run.get('x')?.shape)).toEqual([[2], [2], [1]]);
  });

  it('pads to an allowed batch size and drops the padding from the answer', async () => {
    const { predict, executor } = bench(double, { maxBatchSize: 4, allowedBatchSizes: [2, 4] });
    await expect(predict(1, 2, 3)).resolves.toEqual([2, 4, 6]);
    expect(valuesOf(executor.runs[0] ?? new Map(), 'x')).toEqual([1, 2, 3, 0]);
  });

  it('runs requests alone whose inputs have different rows', async () => {
    const { servable, executor } = bench(() => named({ y: fp32([1], 7) }), {}, TWO_INPUTS);
    const { context } = openCall(new FakeClock(), 'r', Number.POSITIVE_INFINITY);
    const inputs = named({ a: fp32([2], 1, 2), b: fp32([3], 1, 2, 3) });
    await Promise.all([servable.predict(TWO_INPUTS, inputs, context), servable.predict(TWO_INPUTS, inputs, context)]);
    expect(executor.runs).toHaveLength(2);
  });

  it('answers INTERNAL when outputs lost rows', async () => {
    const { predict } = bench(() => named({ y: fp32([1], 0) }));
    await expect(predict(1, 2)).rejects.toMatchObject({ code: Code.Internal });
  });

  it('refuses inputs before they reach the queue', async () => {
    const { servable, executor } = bench();
    const { context } = openCall(new FakeClock(), 'r', Number.POSITIVE_INFINITY);
    await expect(servable.predict(SIGNATURE, named({}), context)).rejects.toMatchObject({ code: Code.InvalidArgument });
    expect(executor.runs).toHaveLength(0);
  });

  it('finishes what was accepted before it frees the model', async () => {
    const { servable, predict, executor } = bench();
    const answer = predict(1);
    await servable.close();
    await expect(answer).resolves.toEqual([2]);
    expect(executor.closed).toBe(1);
    await expect(predict(1)).rejects.toMatchObject({ code: Code.Unavailable });
  });
});
