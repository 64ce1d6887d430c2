import { execFile, execFileSync, fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { internal } from '@tensorfleet/core';
import type { BenchCase, Contest, Sample } from '../bench-case.ts';
import type { FetchOrder, FetchReport } from '../download/fetch-process.ts';
import { type ServerProcess, startServer } from '../serving/server-process.ts';

const BYTES = 2 * 1024 ** 3;
const BYTES_PER_MEGABYTE = 1e6;
/** About what one connection to S3 gives. */
const S3_RATE = 80 * BYTES_PER_MEGABYTE;
const ROUNDS = 3;

type Done = Extract<FetchReport, { readonly kind: 'done' }>;

/** A version of 2 GB fetched into the cache by a process of its own, from a server on this machine. */
export const DOWNLOAD_CASES: readonly BenchCase[] = [
  downloadCase('download/loopback/2gb', 0, cold),
  downloadCase('download/80-mb-s-per-connection/2gb', S3_RATE, cold),
  downloadCase('download/killed-half-way/2gb', 0, killed),
  downloadCase('download/again/2gb', 0, again),
];

interface World {
  readonly directory: string;
  readonly order: FetchOrder;
}

function downloadCase(name: string, rate: number, measure: (world: World) => Promise<Sample>): BenchCase {
  return {
    name,
    against: measure === cold ? 'curl, one stream, no digest' : '-',
    rounds: ROUNDS,
    skipReason: () => (hasCurl() ? undefined : 'curl is not installed'),
    open: () => downloadContest(rate, measure),
  };
}

async function downloadContest(rate: number, measure: (world: World) => Promise<Sample>): Promise<Contest> {
  const directory = await mkdtemp(join(tmpdir(), 'tensorfleet-download-'));
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rm(directory, { recursive: true }));
  const sha256 = await writeModel(join(directory, 'model'));
  const entry = new URL('../download/object-server.ts', import.meta.url);
  const server: ServerProcess = opened.use(await startServer(entry, [join(directory, 'model'), String(rate)]));
  const world = { directory, order: { directory: join(directory, 'cache'), port: server.port, bytes: BYTES, sha256 } };
  const parts = opened.move();
  return {
    ours: () => measure(world),
    theirs: measure === cold ? () => byCurl(world) : undefined,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Into an empty cache. */
async function cold({ order }: World): Promise<Sample> {
  await rm(order.directory, { recursive: true, force: true });
  const { ms, peakMegabytes } = await fetchOnce(order);
  return { 'MB/s': megabytesPerSecond(ms), 'peak MB': peakMegabytes };
}

/** What comes in all, where a process is killed when half of it was there and another one goes on. */
async function killed({ order }: World): Promise<Sample> {
  await rm(order.directory, { recursive: true, force: true });
  const before = await fetchUntil(order, BYTES / 2);
  const { receivedBytes, peakMegabytes } = await fetchOnce(order);
  return {
    'MB before the kill': before / BYTES_PER_MEGABYTE,
    'received MB': receivedBytes / BYTES_PER_MEGABYTE,
    'peak MB': peakMegabytes,
  };
}

/** By a new process, when everything is there. */
async function again({ order }: World): Promise<Sample> {
  await fetchOnce(order);
  const { ms, receivedBytes } = await fetchOnce(order);
  return { 'load ms': ms, 'received MB': receivedBytes / BYTES_PER_MEGABYTE };
}

async function byCurl({ directory, order }: World): Promise<Sample> {
  const began = performance.now();
  const url = `http://127.0.0.1:${order.port}/bench/bench/1/model.onnx`;
  await promisify(execFile)('curl', ['--silent', '--fail', '--output', join(directory, 'curl'), url]);
  return { 'MB/s': megabytesPerSecond(performance.now() - began) };
}

function megabytesPerSecond(ms: number): number {
  return BYTES / BYTES_PER_MEGABYTE / (ms / 1_000);
}

async function fetchOnce(order: FetchOrder): Promise<Done> {
  let done: Done | undefined;
  const child = startFetch(order, (report) => {
    done = report.kind === 'done' ? report : done;
  });
  const [code] = await once(child, 'exit');
  if (done === undefined) {
    throw internal(`a measured download ended with code ${code}`);
  }
  return done;
}

/** Kills it when so many bytes have come; resolves with how many had. */
async function fetchUntil(order: FetchOrder, bytes: number): Promise<number> {
  let received = 0;
  const child = startFetch(order, (report) => {
    received = report.kind === 'received' ? report.bytes : received;
    if (received >= bytes) {
      child.kill('SIGKILL');
    }
  });
  await once(child, 'exit');
  return received;
}

function startFetch(order: FetchOrder, onReport: (report: FetchReport) => void): ReturnType<typeof fork> {
  const entry = new URL('../download/fetch-process.ts', import.meta.url);
  return fork(entry, [JSON.stringify(order)]).on('message', (message) => onReport(message as FetchReport)); // it is ours
}

/** Writes bytes that do not compress; resolves with their SHA-256. */
async function writeModel(path: string): Promise<string> {
  const block = randomBytes(16 * 1024 ** 2);
  const hash = createHash('sha256');
  await using file = await open(path, 'w');
  for (let written = 0; written < BYTES; written += block.byteLength) {
    block.writeDoubleLE(written);
    hash.update(block);
    await file.write(block);
  }
  return hash.digest('hex');
}

function hasCurl(): boolean {
  try {
    execFileSync('curl', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
