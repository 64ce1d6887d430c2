import { percentile } from '../evaluation/percentile.ts';
import { SimulatedCloudWatch } from './cloudwatch.ts';
import { SimulatedFleet } from './fleet/simulated-fleet.ts';
import type { SimulatedTask } from './fleet/simulated-task.ts';
import { ECS_ON_EC2, type StartUp } from './fleet/start-up.ts';
import type { ScalingRule } from './rules/scaling-rule.ts';
import type { Scenario } from './scenarios.ts';
import { capacityOf, type ServiceCurve } from './service-curve.ts';
import { type Outcomes, SimulatedClients } from './simulated-clients.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface SimulationOptions {
  readonly scenario: Scenario;
  readonly curve: ServiceCurve;
  readonly rule: ScalingRule;
  readonly random: () => number;
  readonly retryAfterS: number;
  readonly startUp?: StartUp;
}

/** One minute. */
export interface Minute {
  readonly minute: number;
  /** In capacities of one task. */
  readonly load: number;
  readonly running: number;
  readonly desired: number;
  /** Mean of the answered requests; milliseconds, 0 for none. */
  readonly queueMs: number;
  /** Requests that were refused, failed, or told that there is no task. */
  readonly turnedAway: number;
}

export interface SimulationResult {
  readonly outcomes: Outcomes;
  /** Answers 503 while there was no task. */
  readonly noBackend: number;
  readonly queueP50Ms: number;
  readonly queueP99Ms: number;
  /** From a request's arrival to its answer, waiting for a task included. */
  readonly totalP99Ms: number;
  /** Instances, billed from the request for them. */
  readonly instanceHours: number;
  readonly mostTasks: number;
  readonly timeline: readonly Minute[];
}

const MINUTE_MS = 60_000;
const REPORT_MS = 10_000;
/** After the last arrival: until the last client is tired. */
const REST_MS = 16 * MINUTE_MS;

/** One run, on a virtual clock: the same for the same random numbers. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { scenario, curve, rule, random, retryAfterS, startUp = ECS_ON_EC2 } = options;
  const clock = new VirtualClock();
  const cloudWatch = new SimulatedCloudWatch(clock, random);
  const fleet = new SimulatedFleet({ clock, curve, random, startUp, onStarted: (task) => report(task) });
  const clients = new SimulatedClients({
    ...{ clock, random, retryAfterS },
    visible: () => fleet.visible,
    onNoBackend: () => cloudWatch.put('NoBackend', 1),
  });

  /** Every 10 s from some second on, as long as the task is there. */
  function report(task: SimulatedTask): void {
    const emit = (): void => {
      if (!task.isDead && fleet.has(task)) {
        const { queueTimeMs, busyRatio, requests } = task.report.take();
        cloudWatch.put('QueueTime', queueTimeMs);
        cloudWatch.put('BusyRatio', busyRatio);
        cloudWatch.put('Requests', requests);
        clock.schedule(REPORT_MS, emit);
      }
    };
    clock.schedule(REPORT_MS * random(), emit);
  }

  const endMs = scenario.minutes * MINUTE_MS;
  fleet.begin(scenario.tasks);
  for (const minute of scenario.deaths ?? []) {
    clock.schedule(minute * MINUTE_MS, () => fleet.killOldest());
  }
  every(clock, rule.everyMs, () => fleet.setDesired(rule.decide(cloudWatch.view, fleet)), endMs + REST_MS);
  arrivals({ clock, scenario, capacity: capacityOf(curve), random, arrive: () => clients.arrive() });
  const timeline: Minute[] = [];
  const minute = minuteOf(scenario, fleet, clients);
  every(clock, MINUTE_MS, () => timeline.push(minute(clock.now() / MINUTE_MS)), endMs);
  await clock.run(endMs);
  const { instanceHours } = fleet;
  await clock.run(endMs + REST_MS);
  const queueMs = Float64Array.from(clients.queueMs).sort();
  return {
    outcomes: clients.outcomes,
    noBackend: clients.noBackend,
    queueP50Ms: percentile(queueMs, 0.5),
    queueP99Ms: percentile(queueMs, 0.99),
    totalP99Ms: percentile(Float64Array.from(clients.totalMs).sort(), 0.99),
    instanceHours,
    mostTasks: Math.max(...timeline.map(({ desired }) => desired)),
    timeline,
  };
}

/** What has happened since it was asked before. */
function minuteOf(scenario: Scenario, fleet: SimulatedFleet, clients: SimulatedClients): (minute: number) => Minute {
  let answered = 0;
  let turnedAwayBefore = 0;
  return (minute) => {
    const { refused, failed } = clients.outcomes;
    const turnedAway = refused + failed + clients.noBackend;
    const queue = clients.queueMs.slice(answered);
    const facts: Minute = {
      minute,
      load: scenario.rate(minute - 0.5),
      running: fleet.running,
      desired: fleet.desired,
      queueMs: queue.reduce((sum, ms) => sum + ms, 0) / Math.max(queue.length, 1),
      turnedAway: turnedAway - turnedAwayBefore,
    };
    answered += queue.length;
    turnedAwayBefore = turnedAway;
    return facts;
  };
}

interface Arrivals {
  readonly clock: VirtualClock;
  readonly scenario: Scenario;
  /** Rows per second of one task. */
  readonly capacity: number;
  readonly random: () => number;
  readonly arrive: () => void;
}

/** Poisson arrivals whose rate moves, by thinning: callers do not wait for answers. */
function arrivals({ clock, scenario, capacity, random, arrive }: Arrivals): void {
  const rates = Array.from({ length: scenario.minutes * 2 }, (_, half) => scenario.rate(half / 2));
  const mostPerMs = (Math.max(...rates) * capacity) / 1000;
  const next = (): void => {
    clock.schedule(-Math.log(1 - random()) / mostPerMs, () => {
      const minute = clock.now() / MINUTE_MS;
      if (minute < scenario.minutes) {
        if (random() * mostPerMs < (scenario.rate(minute) * capacity) / 1000) {
          arrive();
        }
        next();
      }
    });
  };
  next();
}

function every(clock: VirtualClock, ms: number, run: () => void, endMs: number): void {
  clock.schedule(ms, () => {
    run();
    if (clock.now() < endMs) {
      every(clock, ms, run, endMs);
    }
  });
}
