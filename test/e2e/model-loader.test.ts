import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CallContext, Code, cancelled, openCall, systemClock, unimplemented, version } from '@tensorfleet/core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Loader, ServableId } from '../../gpu-backend/src/lifecycle/servable.ts';
import { createInlineTrial } from '../../gpu-backend/src/model/inline-trial.ts';
import { createModelLoader, type ModelLoaderOptions } from '../../gpu-backend/src/model/model-loader.ts';
import { createModelPreparer, type ModelPreparerOptions } from '../../gpu-backend/src/model/model-preparer.ts';
import type { ModelServable } from '../../gpu-backend/src/model/model-servable.ts';
import type { Manifest } from '../../layers/repository/src/format/manifest.ts';
import { modelPath } from '../support/model-files.ts';
import { silentLog } from '../support/silent-log.ts';
import { fp32, int64, named, valuesOf } from '../support/tensors.ts';

const WORKER = new URL('../../gpu-backend/src/model/inference-worker.ts', import.meta.url);
const MISBEHAVING = new URL('../fixtures/workers/misbehaving-inference.ts', import.meta.url);

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) {
    await cleanup();
  }
});

const trial = createInlineTrial({ clock: systemClock, timeoutMs: 30_000 });
afterAll(() => trial[Symbol.asyncDispose]());

const { context }: { context: CallContext } = openCall(systemClock, 'r', Number.POSITIVE_INFINITY);

/** Nothing here is converted. */
const PREPARATION: ModelPreparerOptions = {
  engine: 'auto',
  prefersTflite: false,
  tags: ['serve'],
  converter: 'test',
  cache: { open: () => Promise.reject(unimplemented('node "n": op Foo is not supported', { ops: 'Foo' })) },
  convert: () => Promise.resolve(),
  tensorflow: () => ({ engine: undefined, reason: 'there is no TensorFlow' }),
};
const prepare = createModelPreparer(PREPARATION);
/** As where TensorFlow is installed; workers of the tests do not look for it. */
const natively = createModelPreparer({
  ...PREPARATION,
  tensorflow: () => ({ engine: 'libtensorflow', reason: 'libtensorflow is here' }),
});

async function loaderOf(
  files: Readonly<Record<string, string>>,
  options: Partial<ModelLoaderOptions> = {},
  manifest?: Manifest,
): Promise<Loader<ModelServable>> {
  const directory = await mkdtemp(join(tmpdir(), 'tensorfleet-'));
  cleanups.push(() => rm(directory, { recursive: true }));
  for (const [name, source] of Object.entries(files)) {
    await (source === '' ? writeFile(join(directory, name), '') : cp(modelPath(source), join(directory, name)));
  }
  return createModelLoader(
    { model: 'm', version: version(7), directory, bytes: 100, ...(manifest !== undefined && { manifest }) },
    {
      clock: systemClock,
      device: { kind: 'cpu', index: 0, threads: 1 },
      workersPerModel: 1,
      workerTimeoutMs: 30_000,
      batching: {},
      trial,
      environment: {},
      prepare,
      workerEntry: WORKER,
      onBatch: () => undefined,
      onPlaced: () => undefined,
      warmup: { enabled: true, iterations: 1, synthetic: true, onFailure: 'fail', timeoutMs: 30_000 },
      onWarmedUp: () => undefined,
      log: silentLog(),
      onWorkerLost: () => undefined,
      ...options,
    },
  );
}

async function load(loader: Loader<ModelServable>): Promise<ModelServable> {
  const servable = await loader.load(new AbortController().signal);
  cleanups.push(() => loader.unload(servable));
  return servable;
}

async function run(servable: ModelServable, ...values: number[]): Promise<number[]> {
  const signature = servable.signatures.get('serving_default');
  if (signature === undefined) {
    throw new Error('no signature');
  }
  const inputs = named({ x: fp32([values.length], ...values) });
  return valuesOf(await servable.predict(signature, inputs, context), 'y');
}

describe('createModelLoader', () => {
  it('loads a model that predicts, with the pipeline of its manifest', async () => {
    const manifest: Manifest = { format: 1, preprocess: { image: { width: 28 } } };
    const servable = await load(await loaderOf({ 'model.onnx': 'half_plus_two' }, {}, manifest));
    await expect(run(servable, 2, 4)).resolves.toEqual([3, 4]);
    expect(servable.pipeline).toBe('{"preprocess":{"image":{"width":28}}}');
  });

  it('runs a quick model inline, and one with a free inner dimension in a worker', async () => {
    const quick = await load(await loaderOf({ 'model.onnx': 'half_plus_two' }));
    const free = await load(await loaderOf({ 'model.onnx': 'identity_fp32' }));
    expect([quick.executor.placement, free.executor.placement]).toEqual(['inline', 'worker']);
  });

  it('keeps a model with loops off the main thread, however quick its trial run was', async () => {
    const servable = await load(await loaderOf({ 'model.onnx': 'countdown' }));
    expect(servable.executor.placement).toBe('worker');
    const signature = servable.signatures.get('serving_default');
    const outputs = signature && (await servable.predict(signature, named({ steps: int64([1], 5n) }), context));
    expect(valuesOf(outputs ?? new Map(), 'total')).toEqual([5]);
  });

  it.each([
    ['as many sessions as workers', 'model.onnx', 3],
    ['one session of TensorFlow, which may have a state', 'saved_model.pb', 1],
  ])('runs %s', async (_what, file, slots) => {
    const settings: Partial<ModelLoaderOptions> = { workersPerModel: 3, workerEntry: MISBEHAVING, prepare: natively };
    const servable = await load(await loaderOf({ [file]: 'countdown' }, settings));
    expect(servable.executor.slots).toBe(slots);
  });

  it('never batches a model whose output has no rows', async () => {
    const servable = await load(await loaderOf({ 'model.onnx': 'mean' }));
    const results = await Promise.all([run(servable, 2, 4), run(servable, 10)]);
    expect(results).toEqual([[3], [10]]);
  });

  it('takes the batch policy of the manifest, and the own settings before it', async () => {
    const manifest: Manifest = { format: 1, batching: { max_batch_size: 4, allowed_batch_sizes: [3] } };
    const loader = await loaderOf({ 'model.onnx': 'half_plus_two' }, {}, manifest);
    await expect(load(loader)).rejects.toMatchObject({ message: expect.stringContaining('allowed_batch_sizes') });
    const own = await loaderOf(
      { 'model.onnx': 'half_plus_two' },
      { batching: { overrides: { maxBatchSize: 3 } } },
      manifest,
    );
    await expect(run(await load(own), 2)).resolves.toEqual([3]);
  });

  it.each([
    { name: 'an empty directory', files: {}, code: Code.NotFound, text: 'no model file' },
    { name: 'a SavedModel', files: { 'saved_model.pb': '' }, code: Code.Unimplemented, text: 'op Foo' },
    { name: 'a truncated file', files: { 'model.onnx': 'truncated' }, code: Code.InvalidArgument, text: 'model.onnx' },
  ])('refuses $name', async ({ files, code, text }) => {
    const loading = (await loaderOf(files)).load(new AbortController().signal);
    await expect(loading).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
  });

  it('stops loading when the version is no longer wanted', async () => {
    const controller = new AbortController();
    const loading = (await loaderOf({ 'model.onnx': 'half_plus_two' })).load(controller.signal);
    controller.abort(cancelled('no longer aspired'));
    await expect(loading).rejects.toMatchObject({ code: Code.Cancelled });
  });
});

describe('a misbehaving worker', () => {
  it.each([
    { name: 'exits', value: 2 },
    { name: 'throws outside a call', value: 3 },
    { name: 'never answers', value: 4 },
  ])('that $name costs its own requests UNAVAILABLE, and is replaced', async ({ value }) => {
    const lost = Promise.withResolvers<ServableId>();
    const loader = await loaderOf(
      { 'model.onnx': 'countdown' },
      { workerEntry: MISBEHAVING, workerTimeoutMs: value === 4 ? 300 : 30_000, onWorkerLost: (id) => lost.resolve(id) },
    );
    const servable = await load(loader);
    await expect(run(servable, value)).rejects.toMatchObject({ code: Code.Unavailable });
    await expect(lost.promise).resolves.toEqual({ name: 'm', version: 7 });
    await expect(run(servable, 10)).resolves.toEqual([10]);
  });

  it('fails the load whose warm-up hangs it, naming the request', async () => {
    const manifest: Manifest = { format: 1, warmup: [{ instances: [0] }, { instances: [4] }] };
    const settings = { workerEntry: MISBEHAVING, workerTimeoutMs: 300 };
    const loader = await loaderOf({ 'model.onnx': 'countdown' }, settings, manifest);
    await expect(load(loader)).rejects.toMatchObject({
      code: Code.Unavailable,
      message: expect.stringMatching(/^warmup\[1\] of the manifest failed: /),
    });
  });

  it('is ended amid a warm-up run when the version is no longer wanted', async () => {
    const manifest: Manifest = { format: 1, warmup: [{ instances: [0] }, { instances: [4] }] };
    const controller = new AbortController();
    const abort = (): void => controller.abort(cancelled('not wanted any more'));
    // The second entry is sent to the worker in the turn after the one in which the first has run.
    const log = { ...silentLog(), debug: () => void setImmediate(() => setImmediate(abort)) };
    const loader = await loaderOf(
      { 'model.onnx': 'countdown' },
      { workerEntry: MISBEHAVING, workerTimeoutMs: 600_000, log },
      manifest,
    );
    await expect(loader.load(controller.signal)).rejects.toMatchObject({ message: 'not wanted any more' });
  });

  it('that throws inside a call costs that call INTERNAL and keeps its worker', async () => {
    const servable = await load(await loaderOf({ 'model.onnx': 'countdown' }, { workerEntry: MISBEHAVING }));
    await expect(run(servable, 1)).rejects.toMatchObject({ code: Code.Internal });
    await expect(run(servable, 10)).resolves.toEqual([10]);
  });
});
