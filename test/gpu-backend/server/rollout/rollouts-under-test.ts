import { type Code, Code as Codes, type StatusError, type Version } from '@tensorfleet/core';
import {
  endRollout,
  type ModelRouting,
  type RepositoryIndex,
  type Rollout,
  setLabel,
  startRollout,
} from '@tensorfleet/repository';
import type { IndexChange } from '../../../../gpu-backend/src/repository/model-repository.ts';
import type { RolloutEvent } from '../../../../gpu-backend/src/server/rollout/rollout-run.ts';
import { Rollouts } from '../../../../gpu-backend/src/server/rollout/rollouts.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { indexOf, modelOf } from '../../../layers/repository/publish/index-builder.ts';
import { ROLLOUT } from '../../../layers/repository/rollout/rollout-under-test.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { requestFacts } from './request-facts.ts';

/** When the rollout begins, by the clock on the wall. */
export const STARTED_AT = 1_700_000_000_000;
/** From one look at the rollout to the next. */
export const LOOK_MS = 2_000;
export const STEP_MS = 10_000;

const { label, baseline, candidate, stepSeconds, bounds } = ROLLOUT;

/** An index with the rollout of `ROLLOUT` in three steps, and servers that follow it when they are told. */
export class RolloutsUnderTest implements Disposable {
  readonly clock = new FakeClock();
  /** What the next writes reject with. */
  failure: StatusError | undefined;
  /** Writes wait for it. */
  gate: Promise<void> | undefined;
  index: RepositoryIndex;
  writes = 0;
  readonly servers: Server[] = [];

  constructor(steps: readonly number[] = [10, 50, 100]) {
    this.index = startRollout(setLabel(indexOf(12, 13), { model: 'm', label, version: baseline, at: 1 }), {
      ...{ model: 'm', at: STARTED_AT, label, candidate, steps, stepSeconds, bounds },
    });
  }

  get routing(): ModelRouting {
    return modelOf(this.index);
  }

  get rollout(): Rollout | undefined {
    return this.routing.rollout;
  }

  /** `stepped`, `promoted`, ...: since the rollout began. */
  get history(): readonly string[] {
    return modelOf(this.index)
      .history.filter(({ at }) => at > STARTED_AT)
      .map(({ event }) => event);
  }

  /** One that follows the rollout. */
  server(): Server {
    const server = new Server(this);
    this.servers.push(server);
    server.look();
    return server;
  }

  /** Time passes, and what it has started ends; every server has seen the index then. */
  async advance(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    while (this.clock.nextDueAt <= end) {
      this.clock.advance(this.clock.nextDueAt - this.clock.now());
      await this.settle();
    }
    this.clock.advance(end - this.clock.now());
    await this.settle();
  }

  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const server of this.servers) {
      server.look();
    }
  }

  /** By hand. */
  end(state: 'done' | 'rolled_back'): void {
    this.index = endRollout(this.index, { model: 'm', at: STARTED_AT + 1, candidate, state, reason: 'by hand' });
  }

  async update(change: IndexChange): Promise<boolean> {
    this.writes += 1;
    await this.gate;
    if (this.failure !== undefined) {
      throw this.failure;
    }
    const next = change(this.index, 'm');
    const isChanged = next !== this.index;
    this.index = next;
    return isChanged;
  }

  [Symbol.dispose](): void {
    for (const { rollouts } of this.servers) {
      rollouts[Symbol.dispose]();
    }
    if (this.clock.armed > 0) {
      throw new Error(`${this.clock.armed} timers are left armed`);
    }
  }
}

export class Server {
  readonly log = silentLog();
  readonly events: RolloutEvent[] = [];
  readonly rollouts: Rollouts;
  rolledBack = 0;
  readonly #fleet: RolloutsUnderTest;

  constructor(fleet: RolloutsUnderTest) {
    this.#fleet = fleet;
    this.rollouts = new Rollouts({
      clock: fleet.clock,
      wallClock: () => STARTED_AT + fleet.clock.now(),
      random: () => 0.5,
      log: this.log,
      update: (_model, change) => fleet.update(change),
      onDecision: (event) => void this.events.push(event),
      onRolledBack: () => void this.rolledBack++,
    });
  }

  look(): void {
    this.rollouts.follow('m', this.#fleet.routing);
  }

  /** Who answers requests of the label here. */
  get target(): unknown {
    return this.rollouts.inForce('m', this.#fleet.routing).labels.get(label);
  }

  get decisions(): readonly string[] {
    return this.events.map(({ decision }) => decision.kind);
  }

  get lines(): readonly string[] {
    return this.log.lines.map(({ level, text }) => `${level}: ${text}`);
  }

  /** Requests of one version end, and both versions are asked about each: they agree. */
  serve(version: Version, code: Code = Codes.Ok, requests = bounds.minRequests): void {
    for (let request = 0; request < requests; request++) {
      this.rollouts.requestDone(requestFacts({ version, code }));
      this.rollouts.compared('m', [baseline, candidate], 0);
    }
  }
}
