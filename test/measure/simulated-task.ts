// How far one simulated task is from a real one: `node test/measure/simulated-task.ts`. A model server of our own gets
// Poisson arrivals at two loads; the simulation gets the same loads and the run times that this server had. Compared are
// means of what both tell of themselves: time in the queue, and rows per batch. The simulation gets the requests when the
// real server did, and draws its run times from the histogram of the real ones: on a machine that does other things, too,
// both vary by far more than 15 %.
import { setTimeout as delay } from 'node:timers/promises';
import { machineFacts } from '../../scripts/src/bench/machine.ts';
import { seededRandom } from '../../scripts/src/bench/seeded-random.ts';
import { SimulatedTask } from '../../scripts/src/simulation/fleet/simulated-task.ts';
import { MODELS } from '../../scripts/src/simulation/recorded-models.ts';
import { batchMs } from '../../scripts/src/simulation/service-curve.ts';
import { VirtualClock } from '../../scripts/src/simulation/virtual-clock.ts';
import { processTerminal } from '../../scripts/src/terminal/terminal.ts';
import type { MetricsPage } from '../support/metrics-page.ts';
import { type MeasuredServer, startMeasuredServer } from './measured-server.ts';

const MODEL = 'conv';
/** What larger batches take beside small ones; the run times themselves are the real ones. */
const { curve } = MODELS.convolution;
const SECONDS = 20;
/** Requests per second: bounded, and on loopback. */
const RATES = [20, 50, 100];
const EXECUTION = 'tensorfleet_execution_duration_seconds';
const QUEUE = 'tensorfleet_queue_duration_seconds';
const ROWS = 'tensorfleet_batch_rows';

interface Load {
  readonly queueMs: number;
  readonly rowsPerBatch: number;
}

/** Batches by how long they ran: up to so many milliseconds, and more than the entry before. */
type RunTimes = readonly { readonly upToMs: number; readonly batches: number }[];

interface RealLoad extends Load {
  readonly runTimes: RunTimes;
  /** When the requests were sent, milliseconds from the start. */
  readonly sentAt: readonly number[];
}

/** Times of arrival, milliseconds from the start. */
function arrivals(perSecond: number): readonly number[] {
  const random = seededRandom(perSecond);
  const times: number[] = [];
  let at = 0;
  while (at < SECONDS * 1000) {
    times.push(at);
    at += (-Math.log(1 - random()) / perSecond) * 1000;
  }
  return times;
}

async function real(server: MeasuredServer, instance: unknown, times: readonly number[]): Promise<RealLoad> {
  const before = await server.page();
  const startedAt = performance.now();
  const answers: Promise<number>[] = [];
  const sentAt: number[] = [];
  for (const at of times) {
    const wait = startedAt + at - performance.now();
    if (wait > 1) {
      await delay(wait);
    }
    sentAt.push(performance.now() - startedAt);
    answers.push(server.predict(MODEL, [instance]));
  }
  await Promise.all(answers);
  const after = await server.page();
  const grew = (name: string) => after.total(name, { model: MODEL }) - before.total(name, { model: MODEL });
  const batches = grew(`${EXECUTION}_count`);
  return {
    queueMs: (1000 * grew(`${QUEUE}_sum`)) / grew(`${QUEUE}_count`),
    rowsPerBatch: grew(`${ROWS}_sum`) / batches,
    runTimes: runTimesOf(before, after),
    sentAt,
  };
}

/** What the histogram of run times gained. */
function runTimesOf(before: MetricsPage, after: MetricsPage): RunTimes {
  const name = `${EXECUTION}_bucket`;
  const bounds = after.samples
    .filter((sample) => sample.name === name && sample.labels['model'] === MODEL)
    .map(({ labels: { le = '' } }) => le)
    .filter((le) => le !== '+Inf');
  let below = 0;
  return bounds.map((le) => {
    const upTo = after.total(name, { model: MODEL, le }) - before.total(name, { model: MODEL, le });
    const batches = upTo - below;
    below = upTo;
    return { upToMs: Number(le) * 1000, batches };
  });
}

/** A run time as often as it was: even within its bucket. */
function drawnFrom(runTimes: RunTimes, random: () => number): number {
  let left = random() * runTimes.reduce((sum, { batches }) => sum + batches, 0);
  let fromMs = 0;
  for (const { upToMs, batches } of runTimes) {
    if (left < batches) {
      return fromMs + (upToMs - fromMs) * (left / batches);
    }
    left -= batches;
    fromMs = upToMs;
  }
  return fromMs;
}

async function simulated({ runTimes, rowsPerBatch, sentAt }: RealLoad): Promise<Load> {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const batches = { count: 0, rows: 0 };
  const task = new SimulatedTask({
    ...{ clock, curve, random },
    runMs: (rows) => (drawnFrom(runTimes, random) * batchMs(curve, rows)) / batchMs(curve, rowsPerBatch),
    onBatch: (rows) => {
      batches.count += 1;
      batches.rows += rows;
    },
  });
  const waits: number[] = [];
  for (const at of sentAt) {
    clock.schedule(
      at,
      () =>
        void task.predict(Number.POSITIVE_INFINITY).then(
          (ms) => waits.push(ms),
          () => undefined, // refused, as the real one refuses
        ),
    );
  }
  await clock.run(SECONDS * 2000);
  return {
    queueMs: waits.reduce((sum, ms) => sum + ms, 0) / waits.length,
    rowsPerBatch: batches.rows / batches.count,
  };
}

const { out } = processTerminal();
await using server = await startMeasuredServer();
const instance = server.models.find(({ name }) => name === MODEL)?.instance;
const { cpu, cores, node, load } = machineFacts();
out.line(`${cpu}, ${cores} cores, load ${load.toFixed(1)}, Node ${node}; ${SECONDS} s for each rate\n`);
out.line('| requests/s | queue ms, real | simulated | ratio | rows per batch, real | simulated | ratio |');
out.line('|---|---|---|---|---|---|---|');
await real(server, instance, arrivals(30).slice(0, 100)); // warm
for (const rate of RATES) {
  const measured = await real(server, instance, arrivals(rate));
  const other = await simulated(measured);
  const cells = (['queueMs', 'rowsPerBatch'] as const).flatMap((key) => [
    measured[key],
    other[key],
    other[key] / measured[key],
  ]);
  out.line(`| ${rate} | ${cells.map((cell) => cell.toFixed(2)).join(' | ')} |`);
}
