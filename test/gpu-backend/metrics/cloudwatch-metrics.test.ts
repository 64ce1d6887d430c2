import { Code, version } from '@tensorfleet/core';
import { describe, expect, test } from 'vitest';
import { emitCloudWatchMetrics } from '../../../gpu-backend/src/metrics/cloudwatch-metrics.ts';
import { LoadReport } from '../../../gpu-backend/src/metrics/load-report.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { embeddedMetricSchema } from '../../support/embedded-metric-schema.ts';
import { BATCH, REQUEST, serve, setUp } from './metrics-under-test.ts';

const V3 = version(3);
const PERIOD_MS = 10_000;

function start() {
  const clock = new FakeClock();
  const lines: string[] = [];
  const readings = { queued: 0, latest: [3, undefined] as (number | undefined)[] };
  const report = new LoadReport(() => clock.now(), {
    queueDepths: () => [{ queued: readings.queued }],
    models: () => readings.latest.map((latest) => ({ latest })),
  });
  const { metrics } = setUp({ load: report });
  const emitter = emitCloudWatchMetrics({
    clock,
    wallClock: () => 1_790_000_000_000.5 + clock.now(),
    periodMs: PERIOD_MS,
    service: 'tensorfleet',
    stage: 'dev',
    report,
    write: (line) => lines.push(line),
  });
  const last = () => JSON.parse(lines.at(-1) ?? 'null');
  return { clock, lines, readings, metrics, emitter, last };
}

describe('CloudWatch metrics', () => {
  test('keep the embedded metric format, one line per period', () => {
    const { clock, lines } = start();
    clock.advance(3 * PERIOD_MS);
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(() => embeddedMetricSchema.parse(JSON.parse(line))).not.toThrow();
    }
  });

  test('say what a period was like', () => {
    const { clock, metrics, readings, last } = start();
    metrics.requestStarted({ name: 'mnist', version: V3 });
    serve(metrics, 'mnist', V3, { queueMs: 5 });
    clock.advance(1000);
    serve(metrics, 'mnist', V3, { queueMs: 20 });
    serve(metrics, 'mnist', V3, { code: Code.ResourceExhausted, runMs: 0, queueMs: 0 });
    metrics.requestDone({ ...REQUEST, model: '', version: undefined, code: Code.NotFound, runMs: 0 });
    readings.queued = 7;
    clock.advance(PERIOD_MS - 1000);
    expect(last()).toMatchObject({
      _aws: { Timestamp: 1_790_000_010_000 },
      Service: 'tensorfleet',
      Stage: 'dev',
      QueueTime: 12.5,
      QueueDepth: 7,
      Requests: 4,
      RefusedRequests: 1,
      InFlight: 1,
      BusyRatio: 0.001,
      ModelsReady: 1,
    });
  });

  test('begin each period anew and are zero in an idle one', () => {
    const { clock, metrics, last } = start();
    serve(metrics, 'mnist', V3);
    clock.advance(2 * PERIOD_MS);
    expect(last()).toMatchObject({ QueueTime: 0, Requests: 0, RefusedRequests: 0, InFlight: 0, BusyRatio: 0 });
  });

  test('tell a trickle of requests from none', () => {
    const { clock, metrics, last } = start();
    clock.advance(1);
    metrics.batchDone({ name: 'mnist', version: V3 }, { ...BATCH, durationMs: 0.1 });
    clock.advance(PERIOD_MS - 1);
    expect(last()).toMatchObject({ BusyRatio: 0.00001 });
  });

  test('let a queue of which nothing is answered wait longer with each period', () => {
    const { clock, metrics, readings, last } = start();
    readings.queued = 3;
    clock.advance(PERIOD_MS);
    const first = last().QueueTime;
    clock.advance(PERIOD_MS);
    expect([first, last().QueueTime]).toEqual([PERIOD_MS, 2 * PERIOD_MS]);
    serve(metrics, 'mnist', V3, { queueMs: 30 });
    clock.advance(PERIOD_MS);
    expect(last().QueueTime).toBe(30);
  });

  test('have one timer, and tell the rest once when they are disposed of', () => {
    const { clock, metrics, emitter, lines, last } = start();
    clock.advance(PERIOD_MS);
    expect(clock.armed).toBe(1);
    serve(metrics, 'mnist', V3);
    emitter[Symbol.dispose]();
    emitter[Symbol.dispose]();
    clock.advance(5 * PERIOD_MS);
    expect([clock.armed, lines.length, last().Requests]).toEqual([0, 2, 1]);
  });
});
