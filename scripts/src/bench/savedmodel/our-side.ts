import { createInterface } from 'node:readline';
import { type AnyTensor, type NamedTensors, tensor } from '@tensorfleet/core';
import { openSession, prepareSavedModel, type Session } from '@tensorfleet/gpu-backend';
import { median } from '../statistics.ts';
import type { SideAnswer, SideRequest, SideTensor } from './side-messages.ts';

// Our side of a contest: `our-side.ts <cache directory>`, then requests on standard input.
const SIGNATURE = 'serving_default';
const THREADS = 1;
const MIN_RUNS = 5;
const BYTES_PER_KILOBYTE = 1024;

const cacheDirectory = process.argv[2] ?? '';
let session: Session | undefined;
let inputs: NamedTensors = new Map();

async function answer(request: SideRequest): Promise<SideAnswer> {
  const start = performance.now();
  switch (request.action) {
    case 'convert': {
      const { path: output } = await prepareSavedModel(request.path, cacheDirectory);
      return { output, peakBytes: process.resourceUsage().maxRSS * BYTES_PER_KILOBYTE };
    }
    case 'load': {
      const isOnnx = request.path.endsWith('.onnx');
      const artifact = isOnnx
        ? ({ format: 'onnx', path: request.path } as const)
        : await prepareSavedModel(request.path, cacheDirectory);
      session = await openSession(artifact, THREADS);
      return { durationMs: performance.now() - start };
    }
    case 'feed': {
      inputs = new Map(request.inputs.map((input) => [input.name, tensorOf(input)]));
      const outputs = await run();
      return { durationMs: performance.now() - start, outputs: Array.from(outputs, sideTensorOf) };
    }
    case 'sample':
      return { p50Micros: await sample(request.durationMs) };
  }
}

async function run(): Promise<NamedTensors> {
  return (await session?.run(SIGNATURE, inputs)) ?? new Map();
}

async function sample(durationMs: number): Promise<number> {
  const end = performance.now() + durationMs;
  const micros: number[] = [];
  while (micros.length < MIN_RUNS || performance.now() < end) {
    const start = performance.now();
    await run();
    micros.push((performance.now() - start) * 1000);
  }
  return median(micros);
}

function tensorOf({ dtype, shape, data }: SideTensor): AnyTensor {
  const { buffer } = Uint8Array.from(Buffer.from(data, 'base64'));
  return dtype === 'FP32'
    ? tensor(dtype, shape, new Float32Array(buffer))
    : tensor(dtype, shape, new Int32Array(buffer));
}

function sideTensorOf([name, { dtype, shape, data }]: readonly [string, AnyTensor]): SideTensor {
  if (dtype !== 'FP32' && dtype !== 'INT32') {
    throw new Error(`${name} is ${dtype}`);
  }
  return { name, dtype, shape, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64') };
}

function say(said: SideAnswer): void {
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

say({});
for await (const line of createInterface({ input: process.stdin })) {
  say(await answer(JSON.parse(line)).catch((reason: unknown) => ({ error: String(reason) })));
}
