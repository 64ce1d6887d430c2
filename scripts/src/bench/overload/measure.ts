import { percentile } from '../../evaluation/percentile.ts';
import { type ServerProcess, startServer } from '../serving/server-process.ts';
import { attack, type Hit } from './vegeta.ts';

/** One of the servers that are compared. */
export interface Contender {
  readonly name: string;
  readonly entry: URL;
  readonly args: readonly string[];
}

/** What was offered, as a multiple of the capacity, and what became of it. */
export interface LoadPoint {
  readonly load: number;
  /** Answers within the deadline, per second. */
  readonly goodPerSecond: number;
  /** Of all answers that were no refusals, late ones included. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Fraction of the requests. */
  readonly refused: number;
  readonly refusalP50Ms: number;
  readonly refusalP99Ms: number;
  /** From the end of the load to the first answer within the deadline. */
  readonly recoveryMs: number;
  readonly megabytes: number;
}

export interface Measurement {
  readonly name: string;
  /** Requests per second that callers in a closed loop get. */
  readonly capacity: number;
  readonly idleMegabytes: number;
  readonly points: readonly LoadPoint[];
}

export const DEADLINE_MS = 100;
const BODY = JSON.stringify({ instances: [[0.1, 0.2, 0.3, 0.4]] });
const HEADERS = { 'content-type': 'application/json' };
const CALLERS = 8;
const WARM_UP_SECONDS = 3;
/** Statuses of what was not computed. */
const REFUSALS: readonly number[] = [429, 503, 504];

/** `loads`: multiples of the server's own capacity, which is measured first. */
export async function measure(
  { name, entry, args }: Contender,
  loads: readonly number[],
  seconds: number,
): Promise<Measurement> {
  await using server = await startServer(entry, args);
  const url = `http://127.0.0.1:${server.port}/v1/models/conv:predict`;
  const closed = { url, body: BODY, headers: HEADERS, load: { callers: CALLERS } };
  await attack({ ...closed, seconds: WARM_UP_SECONDS });
  const idleMegabytes = await server.residentMegabytes();
  const answered = (await attack({ ...closed, seconds })).filter(({ status }) => status === 200);
  const capacity = answered.length / seconds;
  const points: LoadPoint[] = [];
  for (const load of loads) {
    points.push(await underLoad(server, url, load, Math.round(load * capacity), seconds));
  }
  return { name, capacity, idleMegabytes, points };
}

async function underLoad(
  server: ServerProcess,
  url: string,
  load: number,
  perSecond: number,
  seconds: number,
): Promise<LoadPoint> {
  const headers = { ...HEADERS, 'x-request-timeout-ms': String(DEADLINE_MS) };
  const hits = await attack({ url, body: BODY, headers, seconds, load: { perSecond } });
  const recoveryMs = await recovery(url);
  const refused = latencies(hits.filter(({ status }) => REFUSALS.includes(status)));
  const answered = latencies(hits.filter(({ status }) => !REFUSALS.includes(status)));
  const good = hits.filter(({ status, latencyMs }) => status === 200 && latencyMs <= DEADLINE_MS);
  return {
    load,
    goodPerSecond: good.length / seconds,
    p50Ms: percentile(answered, 0.5),
    p99Ms: percentile(answered, 0.99),
    refused: refused.length / hits.length,
    refusalP50Ms: percentile(refused, 0.5),
    refusalP99Ms: percentile(refused, 0.99),
    recoveryMs,
    megabytes: await server.residentMegabytes(),
  };
}

function latencies(hits: readonly Hit[]): Float64Array {
  return Float64Array.from(hits, ({ latencyMs }) => latencyMs).sort();
}

/** Milliseconds until a new caller is answered in time. */
async function recovery(url: string): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const sentAt = performance.now();
    const response = await fetch(url, { method: 'POST', body: BODY, headers: HEADERS });
    await response.arrayBuffer();
    const now = performance.now();
    if (response.status === 200 && now - sentAt <= DEADLINE_MS) {
      return now - startedAt;
    }
  }
}
