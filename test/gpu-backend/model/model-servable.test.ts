import { Code, invalidArgument, type NamedTensors, openCall, tensor, unavailable, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { type BatchPolicyOptions, resolveBatchPolicy } from '../../../gpu-backend/src/batching/batch-policy.ts';
import { createBatchScheduler } from '../../../gpu-backend/src/batching/shared-batch-scheduler.ts';
import type { InferenceTask } from '../../../gpu-backend/src/model/inference-batch.ts';
import { createModelServable, type ModelServable } from '../../../gpu-backend/src/model/model-servable.ts';
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

const LENGTHS = signature({ x: ['FP32', [null, null]] }, { y: ['FP32', [null]] });

/** A model that sums each row, asked with rows of any length. */
function lengths(options: BatchPolicyOptions) {
  const { servable, executor } = bench(
    (inputs) => {
      const [rows = 0, length = 0] = inputs.get('x')?.shape ?? [];
      const values = valuesOf(inputs, 'x');
      const sums = Array.from({ length: rows }, (_, row) =>
        values.slice(row * length, (row + 1) * length).reduce((sum, value) => sum + value, 0),
      );
      return named({ y: fp32([rows], ...sums) });
    },
    options,
    LENGTHS,
  );
  const { context } = openCall(new FakeClock(), 'r', Number.POSITIVE_INFINITY);
  const run = async (values: number[]): Promise<number | undefined> =>
    valuesOf(
      await servable.predict(
        LENGTHS,
        named({ x: tensor('FP32', [1, values.length], Float32Array.from(values)) }),
        context,
      ),
      'y',
    )[0];
  return { run, executor };
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
    expect(valuesOf(executor.runs[0] ?? new Map(), 'x')).toEqual([1, 2, 3, 1]);
  });

  it('refuses a request larger than a batch where splitting is off', async () => {
    const { predict, executor } = bench(double, { maxBatchSize: 2, enableLargeBatchSplitting: false });
    await expect(predict(1, 2, 3)).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: 'Task size 3 is larger than maximum input batch size 2',
    });
    expect(executor.runs).toHaveLength(0);
  });

  it('runs a large request in parts of the execution size, up to the input limit, where splitting is on', async () => {
    const policy = { maxBatchSize: 4, maxExecutionBatchSize: 2, enableLargeBatchSplitting: true };
    const { predict, executor } = bench(double, policy);
    await expect(predict(1, 2, 3)).resolves.toEqual([2, 4, 6]);
    expect(executor.runs.map((run) => run.get('x')?.shape)).toEqual([[2], [1]]);
    await expect(predict(1, 2, 3, 4, 5)).rejects.toMatchObject({ message: expect.stringContaining('Task size 5') });
  });

  it('fails a large request with the error of its part, and no other request', async () => {
    const { predict } = bench(double, { maxBatchSize: 2 });
    const [large, small] = await Promise.allSettled([predict(1, 2, -1), predict(3)]);
    expect(large).toMatchObject({ reason: { message: 'the model refused -1' } });
    expect(small).toMatchObject({ value: [6] });
  });

  it('runs a single request as it is', async () => {
    const { predict, executor } = bench();
    await expect(predict(1)).resolves.toEqual([2]);
    expect(executor.runs.map((run) => run.get('x')?.shape)).toEqual([[1]]);
  });

  it('runs every request alone where batches are not shared, large ones in parts', async () => {
    const { predict, executor } = bench(double, { maxBatchSize: 2, sharesBatches: false });
    await Promise.all([predict(1), predict(2), predict(3, 4, 5)]);
    expect(executor.runs.map((run) => valuesOf(run, 'x'))).toEqual([[1], [2], [3, 4], [5]]);
  });

  it('runs requests together that name their inputs in another order', async () => {
    const { servable, executor } = bench(
      (inputs) => named({ y: fp32([valuesOf(inputs, 'a').length], ...valuesOf(inputs, 'a')) }),
      {},
      TWO_INPUTS,
    );
    const { context } = openCall(new FakeClock(), 'r', Number.POSITIVE_INFINITY);
    const one = named({ a: fp32([1], 1), b: fp32([1], 2) });
    const other = named({ b: fp32([1], 4), a: fp32([1], 3) });
    const answers = await Promise.all([one, other].map((inputs) => servable.predict(TWO_INPUTS, inputs, context)));
    expect(answers.map((outputs) => valuesOf(outputs, 'y'))).toEqual([[1], [3]]);
    expect(executor.runs).toHaveLength(1);
  });

  it('keeps requests of other lengths apart where padding is turned off', async () => {
    const { run, executor } = lengths({});
    await expect(Promise.all([run([1, 2]), run([3])])).resolves.toEqual([3, 3]);
    expect(executor.runs).toHaveLength(2);
  });

  it('pads requests of other lengths into one run, with the first element or the value that was chosen', async () => {
    const own = lengths({ padVariableLengthInputs: true });
    await expect(Promise.all([own.run([1, 2, 3]), own.run([4])])).resolves.toEqual([6, 12]);
    const chosen = lengths({ padVariableLengthInputs: true, paddingValue: 0 });
    await expect(Promise.all([chosen.run([1, 2, 3]), chosen.run([4])])).resolves.toEqual([6, 4]);
    expect([own.executor.runs.length, chosen.executor.runs.length]).toEqual([1, 1]);
  });

  it('runs requests alone that padding would blow up', async () => {
    const { run, executor } = lengths({ padVariableLengthInputs: true });
    const long = Array.from({ length: 2 ** 18 }, () => 0);
    await Promise.all([run(long), ...Array.from({ length: 8 }, () => run([1]))]);
    expect(executor.runs).toHaveLength(9);
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
