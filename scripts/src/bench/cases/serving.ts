import { encodePredictRequest, RPC_PATHS } from '@tensorfleet/codecs';
import { tensor } from '@tensorfleet/core';
import { percentile } from '../../evaluation/percentile.ts';
import type { BenchCase, Contest, Sample } from '../bench-case.ts';
import { randomFloats } from '../seeded-random.ts';
import { type LoadOptions, load } from '../serving/load.ts';
import { copyModel } from '../serving/repository.ts';
import { LOAD_CORE, pin, type ServerProcess, startServer } from '../serving/server-process.ts';

/** A model, and one request for it. */
interface ServingModel {
  readonly name: string;
  readonly source: string;
  readonly input: string;
  readonly shape: readonly number[];
}

const MODELS: readonly ServingModel[] = [
  { name: 'mnist-3', source: 'examples/mnist/onnx/3/model.onnx', input: 'images', shape: [1, 28, 28, 1] },
  { name: 'half-plus-two', source: 'test/fixtures/models/half_plus_two.onnx', input: 'x', shape: [1] },
];

/** Connections times requests in flight on each. */
const LOADS = [
  [1, 1],
  [8, 8],
] as const;

const OUR_SERVER = new URL('../serving/tensorfleet-server.ts', import.meta.url);
const NAIVE_SERVER = new URL('../serving/naive-server.ts', import.meta.url);
const WARM_UP_MS = 3000;
const SAMPLE_MS = 1500;
const MICROS_PER_MILLI = 1000;

/** Whole requests over loopback, servers and load in three processes. */
export const SERVING_CASES: readonly BenchCase[] = MODELS.flatMap((model) =>
  LOADS.map(([connections, streams]) => ({
    name: `serving/${model.name}/${connections}x${streams}`,
    against: 'grpc-js, one session.run per request',
    open: () => servingContest(model, connections, streams),
  })),
);

async function servingContest(model: ServingModel, connections: number, streams: number): Promise<Contest> {
  await using opened = new AsyncDisposableStack();
  const { repository, file } = opened.use(await copyModel(model.name, model.source));
  const ours = opened.use(await startServer(OUR_SERVER, [repository]));
  const theirs = opened.use(await startServer(NAIVE_SERVER, [file]));
  pin(process.pid, LOAD_CORE);
  const request = { path: RPC_PATHS.predict, message: messageFor(model), connections, streams };
  for (const { port } of [ours, theirs]) {
    await load({ ...request, port, durationMs: WARM_UP_MS });
  }
  const parts = opened.move();
  return {
    ours: () => sample(ours, request),
    theirs: () => sample(theirs, request),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

function messageFor({ name, input, shape }: ServingModel): Uint8Array {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const inputs = new Map([[input, tensor('FP32', shape, randomFloats(size, 1))]]);
  return encodePredictRequest({ modelSpec: { name }, inputs, outputFilter: [] });
}

async function sample(server: ServerProcess, request: Omit<LoadOptions, 'port' | 'durationMs'>): Promise<Sample> {
  const before = await server.cpuMicros();
  const { requests, durationMs, latenciesMs } = await load({ ...request, port: server.port, durationMs: SAMPLE_MS });
  const used = (await server.cpuMicros()) - before;
  return {
    'requests/s': (requests * 1000) / durationMs,
    'p50 µs': percentile(latenciesMs, 0.5) * MICROS_PER_MILLI,
    'p99 µs': percentile(latenciesMs, 0.99) * MICROS_PER_MILLI,
    'server CPU µs/request': used / requests,
  };
}
