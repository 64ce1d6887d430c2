import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AnyTensor,
  cancelled,
  invalidArgument,
  type NamedTensors,
  type Signature,
  unavailable,
  version,
} from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BatchPolicyOptions, resolveBatchPolicy } from '../../../../gpu-backend/src/batching/batch-policy.ts';
import { createModelServable } from '../../../../gpu-backend/src/model/model-servable.ts';
import { rehearsalScheduler } from '../../../../gpu-backend/src/model/warmup/rehearsal.ts';
import { type WarmupOptions, type WarmupReport, warmUp } from '../../../../gpu-backend/src/model/warmup/warm-up.ts';
import { encodeExampleRequest, encodeMultiInferenceRequest } from '../../../../layers/codecs/src/index.ts';
import type { Manifest } from '../../../../layers/repository/src/format/manifest.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { FakeExecutor } from '../../../fakes/fake-executor.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { fp32, named, signature, valuesOf } from '../../../support/tensors.ts';
import { logOf, predictLog, writeWarmupBytes, writeWarmupFile } from '../../../support/warmup-files.ts';

const NUMBERS = signature({ x: ['FP32', [null]] }, { y: ['FP32', [null]] });
const EXAMPLES: Signature = { ...signature({ inputs: ['STRING', [null]] }, { y: ['FP32', [null]] }), name: 'regress' };

const OPTIONS: WarmupOptions = {
  enabled: true,
  iterations: 1,
  synthetic: false,
  onFailure: 'fail',
  timeoutMs: 10_000,
};

/** Refuses -1, as a kernel would. */
function identity(inputs: NamedTensors): NamedTensors {
  const input = inputs.get('x') ?? inputs.get('inputs');
  if (input?.dtype === 'FP32' && input.data.includes(-1)) {
    throw invalidArgument('the model refused -1');
  }
  return named({ y: fp32([input?.shape[0] ?? 0], ...new Array(input?.shape[0] ?? 0).fill(0)) });
}

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tensorfleet-'));
});
afterEach(() => rm(directory, { recursive: true }));

interface Settings {
  readonly options?: Partial<WarmupOptions>;
  readonly batching?: BatchPolicyOptions;
  readonly manifest?: Manifest;
  readonly slots?: number;
  readonly clock?: FakeClock;
  readonly signal?: AbortSignal;
  readonly compute?: (inputs: NamedTensors) => NamedTensors;
  readonly oneRowMs?: number;
}

function bench(settings: Settings = {}) {
  const { clock = new FakeClock(), manifest } = settings;
  const executor = new FakeExecutor(settings.compute ?? identity, settings.slots);
  const policy = resolveBatchPolicy(settings.batching);
  const log = silentLog();
  const rehearsal = createModelServable({
    id: { name: 'm', version: version(1) },
    signatures: new Map([
      [NUMBERS.name, NUMBERS],
      [EXAMPLES.name, EXAMPLES],
    ]),
    batchable: new Set([NUMBERS.name]),
    pipeline: undefined,
    model: { choice: { engine: 'onnx', reason: 'a test' }, [Symbol.asyncDispose]: async () => undefined },
    executor,
    policy,
    createScheduler: (execute) => rehearsalScheduler(execute, (run) => setImmediate(run)),
  });
  const parts = {
    version: { model: 'm', version: version(1), directory, bytes: 1, ...(manifest !== undefined && { manifest }) },
    rehearsal,
    profiles: new Map([[NUMBERS.name, { oneRowMs: settings.oneRowMs ?? 1, fullBatchMs: 1, batchable: true }]]),
    options: { ...OPTIONS, ...settings.options },
    ...{ policy, clock, log },
  };
  const run = (): Promise<WarmupReport> => warmUp(parts, settings.signal ?? new AbortController().signal);
  return { run, executor, log, values: () => executor.runs.map((inputs) => valuesOf(inputs, 'x')) };
}

function x(...values: number[]): NamedTensors {
  return named({ x: fp32([values.length], ...values) });
}

function examples(...texts: string[]): AnyTensor {
  return { dtype: 'STRING', shape: [texts.length], data: texts.map((text) => new TextEncoder().encode(text)) };
}

function inputOf(...texts: string[]) {
  return { examples: texts.map((text) => new TextEncoder().encode(text)) };
}

describe('warming up with the records of a file', () => {
  it('does nothing without a file', async () => {
    const { run, executor } = bench();

    await expect(run()).resolves.toEqual({ records: 0, synthetic: 0, ms: 0 });
    expect(executor.runs).toEqual([]);
  });

  it('does nothing with an empty file', async () => {
    await writeWarmupFile(directory, []);

    await expect(bench().run()).resolves.toMatchObject({ records: 0 });
  });

  it('runs the requests in their order, whatever model they name', async () => {
    await writeWarmupFile(directory, [predictLog(x(1, 2)), predictLog(x(3), 'serving_default')]);
    const { run, values } = bench();

    await expect(run()).resolves.toMatchObject({ records: 2 });
    expect(values()).toEqual([[1, 2], [3]]);
  });

  it('runs mixed kinds of requests', async () => {
    const regress = { modelSpec: { name: '', signatureName: 'regress' }, input: inputOf('a', 'b') };
    const task = { modelSpec: { name: 'm', signatureName: 'regress' }, methodName: 'tensorflow/serving/regress' };
    await writeWarmupFile(directory, [
      predictLog(x(1)),
      logOf('classify', encodeExampleRequest(regress)),
      logOf(
        'regress',
        encodeExampleRequest({
          ...regress,
          input: { ...inputOf('e'), context: inputOf('c').examples[0] ?? new Uint8Array(0) },
        }),
      ),
      logOf('multiInference', encodeMultiInferenceRequest({ tasks: [task, task], input: inputOf('m') })),
    ]);
    const { run, executor } = bench();

    await expect(run()).resolves.toMatchObject({ records: 4 });
    expect(executor.runs.slice(1)).toEqual(
      [examples('a', 'b'), examples('ce'), examples('m'), examples('m')].map((inputs) => named({ inputs })),
    );
  });

  it('pads the requests to an allowed batch size and runs large ones in parts', async () => {
    await writeWarmupFile(directory, [predictLog(x(1)), predictLog(x(1, 2, 3, 4, 5))]);
    const { run, values } = bench({ batching: { maxBatchSize: 4, allowedBatchSizes: [2, 4], batchTimeoutMs: 60_000 } });

    await run();

    expect(values().map(({ length }) => length)).toEqual([2, 4, 2]);
  });

  it('runs every request as often as asked, in every slot', async () => {
    await writeWarmupFile(directory, [predictLog(x(1)), predictLog(x(2))]);
    const { run, values } = bench({ options: { iterations: 2 }, slots: 3 });

    await expect(run()).resolves.toMatchObject({ records: 2 });
    expect(values().flat()).toEqual([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
  });

  it('skips a record without a log', async () => {
    await writeWarmupFile(directory, [logOf(undefined, new Uint8Array(0)), predictLog(x(1))]);

    await expect(bench().run()).resolves.toMatchObject({ records: 1 });
  });

  it('does not look at the file when warm-up is off', async () => {
    await writeWarmupBytes(directory, Uint8Array.of(1, 2, 3));

    await expect(bench({ options: { enabled: false } }).run()).resolves.toMatchObject({ records: 0 });
  });

  it('fails for a file of another kind', async () => {
    await writeWarmupBytes(directory, Buffer.from('not a TFRecord file'));

    await expect(bench().run()).rejects.toThrow(/ Please verify your warmup data is in TFRecord format\.$/);
  });

  it('fails for a record that is no PredictionLog', async () => {
    const path = await writeWarmupFile(directory, [predictLog(x(1)), Buffer.from('2\n\u001b[31m no log')]);

    await expect(bench().run()).rejects.toThrow(
      `Failed to parse warmup record: 2\\x0a\\x1b[31m no log from ${path}: record 2: PredictionLog`,
    );
  });

  it.each([
    ['SessionRun', 'sessionRun', 5],
    ['PredictStreamed', 'predictStreamed', 7],
  ] as const)('fails with UNIMPLEMENTED for a log of %s', async (_, type, number) => {
    const path = await writeWarmupFile(directory, [logOf(type, new Uint8Array(0))]);

    await expect(bench().run()).rejects.toMatchObject({
      code: 12,
      message: `warm-up record 1 of "${path}" failed: Unsupported log_type for warmup: ${number}`,
    });
  });

  it.each([
    ['the model refuses', predictLog(x(-1)), 'the model refused -1'],
    ['has another input', predictLog(named({ z: fp32([1], 1) })), 'Signature input alias: x'],
    ['names a signature that there is not', predictLog(x(1), 'other'), 'Serving signature key "other" not found.'],
    ['has no examples', logOf('regress', new Uint8Array(0)), 'Input is empty.'],
  ])('fails, naming record and file, for a request that %s', async (_, log, reason) => {
    const path = await writeWarmupFile(directory, [predictLog(x(1)), log, predictLog(x(2))]);
    const { run, values } = bench();

    await expect(run()).rejects.toThrow(`warm-up record 2 of "${path}" failed: ${reason}`);
    expect(values().flat()).not.toContain(2);
  });

  it('goes on after a failure that only warns, and says so once', async () => {
    const path = await writeWarmupFile(directory, [predictLog(x(-1)), predictLog(x(2)), predictLog(x(-1))]);
    const { run, log } = bench({ options: { onFailure: 'warn' } });

    await expect(run()).resolves.toMatchObject({ records: 1 });
    expect(log.lines.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        facts: { model: 'm', version: 1, failures: 2, code: 3 },
        text: `warm-up failed: warm-up record 1 of "${path}" failed: the model refused -1`,
      },
    ]);
  });

  it('ends with DEADLINE_EXCEEDED after its time', async () => {
    const path = await writeWarmupFile(directory, [predictLog(x(1)), predictLog(x(2))]);
    const clock = new FakeClock();
    const compute = (inputs: NamedTensors): NamedTensors => {
      clock.advance(10_001);
      return identity(inputs);
    };
    const { run, values } = bench({ clock, compute });

    await expect(run()).rejects.toThrow(`warm-up did not end within 10 s: warm-up record 2 of "${path}" was next`);
    expect(values()).toEqual([[1]]);
  });

  it('ends with DEADLINE_EXCEEDED amid the repetitions of a request', async () => {
    const path = await writeWarmupFile(directory, [predictLog(x(1))]);
    const clock = new FakeClock();
    const compute = (inputs: NamedTensors): NamedTensors => {
      clock.advance(6000);
      return identity(inputs);
    };
    const { run, values } = bench({ clock, compute, options: { iterations: 2 ** 31 - 1 } });

    await expect(run()).rejects.toThrow(`warm-up record 1 of "${path}" failed: warm-up did not end within 10 s`);
    expect(values()).toEqual([[1], [1]]);
  });

  it("ends with the load's reason, aborting what runs", async () => {
    await writeWarmupFile(directory, [predictLog(x(1)), predictLog(x(2))]);
    const controller = new AbortController();
    const reason = cancelled('nobody wants it any more');
    const compute = (): NamedTensors => {
      controller.abort(reason);
      throw unavailable('the worker pool is closed');
    };
    const { run, executor } = bench({ compute, signal: controller.signal, options: { onFailure: 'warn' } });

    await expect(run()).rejects.toBe(reason);
    expect(executor).toMatchObject({ aborted: 1, runs: { length: 1 } });
  });
});

describe('warming up with the entries of a manifest', () => {
  it('takes bodies of the REST API, in row and column format', async () => {
    const warmup = [{ instances: [1, 2] }, { signature_name: 'serving_default', inputs: { x: [3] } }];
    const { run, values } = bench({ manifest: { format: 1, warmup } });

    await expect(run()).resolves.toMatchObject({ records: 2 });
    expect(values()).toEqual([[1, 2], [3]]);
  });

  it('fails, naming the entry, for one that does not fit', async () => {
    const { run } = bench({ manifest: { format: 1, warmup: [{ instances: [1] }, { instances: ['a'] }] } });

    await expect(run()).rejects.toThrow('warmup[1] of the manifest failed: ');
  });
});

describe('warming up with zeros', () => {
  const batching = { maxBatchSize: 4, allowedBatchSizes: [1, 2, 4] };

  it('runs every allowed batch size in every slot', async () => {
    const { run, values } = bench({ batching, slots: 2, options: { synthetic: true } });

    await expect(run()).resolves.toMatchObject({ records: 0, synthetic: 3 });
    expect(values().map(({ length }) => length)).toEqual([1, 1, 2, 2, 4, 4]);
  });

  it('leaves out what would take too long', async () => {
    const { run, values } = bench({ batching, oneRowMs: 400, options: { synthetic: true } });

    await expect(run()).resolves.toMatchObject({ synthetic: 2 });
    expect(values().map(({ length }) => length)).toEqual([1, 2]);
  });

  it('takes a refusal for no failure', async () => {
    const compute = (): NamedTensors => {
      throw invalidArgument('zeros are no picture');
    };
    const { run } = bench({ batching, compute, options: { synthetic: true } });

    await expect(run()).resolves.toMatchObject({ synthetic: 0 });
  });

  it('does not run them when they are off', async () => {
    await expect(bench({ batching }).run()).resolves.toMatchObject({ synthetic: 0 });
  });
});
