import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { internal } from '@tensorfleet/core';
import type { BenchCase, Contest, Sample } from '../bench-case.ts';
import { exportedModel } from '../savedmodel/exported-model.ts';
import { expectSameAnswers, inputsOf } from '../savedmodel/model-inputs.ts';
import { BENCH_MODELS, type BenchModel, LARGE_MODELS } from '../savedmodel/models.ts';
import { SideProcess } from '../savedmodel/side-process.ts';
import { noTensorflowReason } from '../savedmodel/tensorflow-python.ts';
import { LOAD_CORE, pin } from '../serving/server-process.ts';

const WARM_UP_MS = 1000;
const SAMPLE_MS = 500;
const BYTES_PER_MEGABYTE = 2 ** 20;
/** What a conversion may hold at most: so many times the weights, and so many megabytes beside them. */
const PEAK_FACTOR = 1.5;
const PEAK_EXTRA_MEGABYTES = 300;
/** Finding a converted model in the cache, and that it is whole, may take that much longer than loading it. */
const CACHED_GOAL = 1 / 1.3;

/** SavedModels of Keras's, one thread on each side: ours converted, theirs in TensorFlow. */
export const SAVED_MODEL_CASES: readonly BenchCase[] = [
  ...BENCH_MODELS.flatMap((model) =>
    model.batches.map((batch) => ({
      name: `savedmodel/run/${model.name}/${batch}`,
      against: 'TensorFlow in Python',
      goal: model.goal,
      open: () => runContest(model, batch),
    })),
  ),
  ...LARGE_MODELS.flatMap((model): BenchCase[] => [
    { name: `savedmodel/load/${model.name}`, against: 'tf.saved_model.load', open: () => loadContest(model) },
    {
      name: `savedmodel/cached/${model.name}`,
      against: 'the same graph as an ONNX file',
      goal: CACHED_GOAL,
      open: () => cachedContest(model),
    },
    {
      name: `savedmodel/peak/${model.name}`,
      against: `${PEAK_FACTOR} × the weights + ${PEAK_EXTRA_MEGABYTES} MB`,
      open: () => peakContest(model),
    },
  ]),
].map((one) => ({ ...one, skipReason: noTensorflowReason }));

/** Both in processes that stay. */
async function runContest(model: BenchModel, batch: number): Promise<Contest> {
  await using opened = new AsyncDisposableStack();
  const scratch = opened.use(await scratchDirectory());
  const path = await exportedModel(model.name);
  pin(process.pid, LOAD_CORE);
  const ours = opened.use(await SideProcess.ours(scratch.path));
  const theirs = opened.use(await SideProcess.tensorflow());
  const answers = [];
  for (const side of [ours, theirs]) {
    await side.call('load', { path });
    answers.push((await side.call('feed', { inputs: inputsOf(model, batch) })).outputs);
    await side.call('sample', { durationMs: WARM_UP_MS });
  }
  const [first = [], second = []] = answers;
  expectSameAnswers(first, second);
  const sample = async (side: SideProcess): Promise<Sample> => {
    return { 'p50 µs': (await side.call('sample', { durationMs: SAMPLE_MS })).p50Micros };
  };
  const parts = opened.move();
  return {
    ours: () => sample(ours),
    theirs: () => sample(theirs),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** A new process for each sample, and for ours a cache without the model. */
async function loadContest(model: BenchModel): Promise<Contest> {
  const path = await exportedModel(model.name);
  return {
    ours: async () => {
      await using scratch = await scratchDirectory();
      return await loadSample(model, path, await SideProcess.ours(scratch.path));
    },
    theirs: async () => await loadSample(model, path, await SideProcess.tensorflow()),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function loadSample(model: BenchModel, path: string, started: SideProcess): Promise<Sample> {
  await using side = started;
  const load = await side.call('load', { path });
  const run = await side.call('feed', { inputs: inputsOf(model, 1) });
  return { 'load ms': load.durationMs, 'first answer ms': load.durationMs + run.durationMs };
}

/** A new process for each sample; the cache has the model. */
async function cachedContest(model: BenchModel): Promise<Contest> {
  const path = await exportedModel(model.name);
  await using opened = new AsyncDisposableStack();
  const scratch = opened.use(await scratchDirectory());
  const { output } = await convert(path, scratch.path);
  const [graph, ...others] = (await readdir(output)).filter((name) => name.endsWith('.onnx'));
  if (graph === undefined || others.length > 0) {
    throw internal(`${model.name} became ${others.length + (graph === undefined ? 0 : 1)} graphs, not one`);
  }
  const sample = async (loaded: string): Promise<Sample> => {
    await using side = await SideProcess.ours(scratch.path);
    return { 'load ms': (await side.call('load', { path: loaded })).durationMs };
  };
  const parts = opened.move();
  return {
    ours: () => sample(path),
    theirs: () => sample(join(output, graph)),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** What a process that converts holds at most, against what it may. */
async function peakContest(model: BenchModel): Promise<Contest> {
  const path = await exportedModel(model.name);
  const weights = await stat(join(path, 'variables/variables.data-00000-of-00001'));
  const bound = (PEAK_FACTOR * weights.size) / BYTES_PER_MEGABYTE + PEAK_EXTRA_MEGABYTES;
  return {
    ours: async () => {
      await using scratch = await scratchDirectory();
      return { 'peak MB': (await convert(path, scratch.path)).peakBytes / BYTES_PER_MEGABYTE };
    },
    theirs: async () => ({ 'peak MB': bound }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function convert(path: string, cacheDirectory: string): Promise<{ output: string; peakBytes: number }> {
  await using side = await SideProcess.ours(cacheDirectory);
  return await side.call('convert', { path });
}

async function scratchDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'tensorfleet-bench-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
