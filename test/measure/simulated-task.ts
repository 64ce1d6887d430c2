// How far one simulated task is from a real one: `node test/measure/simulated-task.ts`. A model server of our own gets
// Poisson arrivals at two loads; the simulation gets the same loads and the run times that this server had. Compared are
// means of what both tell of themselves: time in the queue, and rows per batch.
import { setTimeout as delay } from 'node:timers/promises';
import { machineFacts } from '../../scripts/src/bench/machine.ts';
import { seededRandom } from '../../scripts/src/bench/seeded-random.ts';
import { SimulatedTask } from '../../scripts/src/simulation/fleet/simulated-task.ts';
import type { ServiceCurve } from '../../scripts/src/simulation/service-curve.ts';
import { VirtualClock } from '../../scripts/src/simulation/virtual-clock.ts';
import { processTerminal } from '../../scripts/src/terminal/terminal.ts';
import { type MeasuredServer, startMeasuredServer } from './measured-server.ts';

const MODEL = 'conv';
const SECONDS = 20;
/** Requests per second: bounded, and on loopback. */
const RATES = [20, 50, 100];
const EXECUTION = 'tensorfleet_execution_duration_seconds';
const QUEUE = 'tensorfleet_queue_duration_seconds';
const ROWS = 'tensorfleet_batch_rows';

interface Load {
  readonly queueMs: number;
  readonly rowsPerBatch: number;
  readonly batchMs: number;
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

async function real(server: MeasuredServer, instance: unknown, times: readonly number[]): Promise<Load> {
  const before = await server.page();
  const startedAt = performance.now();
  const answers: Promise<number>[] = [];
  for (const at of times) {
    const wait = startedAt + at - performance.now();
    if (wait > 1) {
      await delay(wait);
    }
    answers.push(server.predict(MODEL, [instance]));
  }
  await Promise.all(answers);
  const after = await server.page();
  const grew = (name: string) => after.total(name, { model: MODEL }) - before.total(name, { model: MODEL });
  const batches = grew(`${EXECUTION}_count`);
  return {
    queueMs: (1000 * grew(`${QUEUE}_sum`)) / grew(`${QUEUE}_count`),
    rowsPerBatch: grew(`${ROWS}_sum`) / batches,
    batchMs: (1000 * grew(`${EXECUTION}_sum`)) / batches,
  };
}

async function simulated(curve: ServiceCurve, times: readonly number[]): Promise<Omit<Load, 'batchMs'>> {
  const clock = new VirtualClock();
  const batches = { count: 0, rows: 0 };
  const task = new SimulatedTask({
    ...{ clock, curve, random: seededRandom(1) },
    onBatch: (rows) => {
      batches.count += 1;
      batches.rows += rows;
    },
  });
  const waits: number[] = [];
  for (const at of times) {
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
out.line('| requests/s | queue ms, real | simulated | rows per batch, real | simulated | run ms |');
out.line('|---|---|---|---|---|---|');
await real(server, instance, arrivals(30).slice(0, 100)); // warm
for (const rate of RATES) {
  const times = arrivals(rate);
  const measured = await real(server, instance, times);
  // This model's rows cost the same each: what the batches took is what their rows took.
  const rowMs = measured.batchMs / measured.rowsPerBatch;
  const curve = [1, 64].map((rows) => [rows, rowMs * rows] as const);
  const other = await simulated(curve, times);
  const cells = [measured.queueMs, other.queueMs, measured.rowsPerBatch, other.rowsPerBatch, measured.batchMs];
  out.line(`| ${rate} | ${cells.map((cell) => cell.toFixed(2)).join(' | ')} |`);
}
