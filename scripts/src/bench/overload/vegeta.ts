import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { failedPrecondition, unavailable } from '@tensorfleet/core';
import { LOAD_CORE } from '../serving/server-process.ts';

/** One request as the load generator saw it. */
export interface Hit {
  /** 0 when there was no answer. */
  readonly status: number;
  readonly latencyMs: number;
}

export interface Attack {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly seconds: number;
  /** At a fixed rate, whatever becomes of the requests; or as fast as this many callers in turn are answered. */
  readonly load: { readonly perSecond: number } | { readonly callers: number };
}

/** A caller gives up after this time, as most do. */
const TIMEOUT = '5s';
/** As a load balancer would keep them; a request that finds none free waits for one, and that counts, too. */
const CONNECTIONS = 256;
const NANOS_PER_MILLI = 1e6;

/** Runs vegeta (https://github.com/tsenart/vegeta), which sends at a fixed rate over as many connections as that takes. */
export async function attack({ url, body, headers, seconds, load }: Attack): Promise<readonly Hit[]> {
  const directory = await mkdtemp(join(tmpdir(), 'tensorfleet-overload-'));
  try {
    const bodyFile = join(directory, 'body.json');
    await writeFile(bodyFile, body);
    const results = join(directory, 'results.bin');
    const pace = 'callers' in load ? ['-rate=0', `-max-workers=${load.callers}`] : [`-rate=${load.perSecond}/s`];
    const lines = Object.entries(headers).map(([name, value]) => `-header=${name}: ${value}`);
    const options = [
      `-body=${bodyFile}`,
      `-duration=${seconds}s`,
      `-timeout=${TIMEOUT}`,
      `-max-connections=${CONNECTIONS}`,
      `-output=${results}`,
    ];
    await vegeta(['attack', ...pace, ...lines, ...options], `POST ${url}\n`);
    return parse(await vegeta(['encode', '--to=csv', results], ''));
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** On the core for the load, where taskset is there. */
async function vegeta(args: readonly string[], input: string): Promise<string> {
  const child = spawn('taskset', ['-c', String(LOAD_CORE), 'vegeta', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.once('error', (error) => child.stdout.destroy(error));
  child.stdin.end(input);
  const exit = once(child, 'exit');
  const output = await text(child.stdout).catch((error: unknown) => {
    throw failedPrecondition('overload is measured with vegeta and taskset, which must be on the PATH', {}, error);
  });
  const [code] = await exit;
  if (code !== 0) {
    throw unavailable(`vegeta ended with code ${code}`);
  }
  return output;
}

/** Columns: time, status, latency in nanoseconds, and more. */
function parse(csv: string): readonly Hit[] {
  return csv
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, status, latency] = line.split(',', 3);
      return { status: Number(status), latencyMs: Number(latency) / NANOS_PER_MILLI };
    });
}
