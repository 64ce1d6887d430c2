import type { Clock, Logger } from '@tensorfleet/core';
import type { ModelRouting } from '@tensorfleet/repository';
import type { Manager } from './lifecycle/manager.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { ModelServable } from './model/model-servable.ts';
import type { RequestObserver } from './server/request-observer.ts';
import type { RolloutParts } from './server/rollout/rollout-run.ts';
import { Rollouts } from './server/rollout/rollouts.ts';
import { RequestMirror } from './server/shadow/request-mirror.ts';

export interface ServedRolloutsDependencies extends Pick<RolloutParts, 'update' | 'onRolledBack'> {
  readonly manager: Manager<ModelServable>;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What becomes of candidates and shadows: who sees requests, who is compared with whom, who steps up or rolls back. */
export class ServedRollouts implements AsyncDisposable {
  readonly mirror: RequestMirror;
  /** Counts requests, also for the rollouts that run. */
  readonly observer: RequestObserver;
  readonly #rollouts: Rollouts;

  constructor({ manager, metrics, clock, log, update, onRolledBack }: ServedRolloutsDependencies) {
    const rollouts = new Rollouts({
      ...{ clock, log, update, onRolledBack },
      wallClock: Date.now,
      random: Math.random,
      onDecision: ({ model, rollout, decision }) =>
        metrics.rolloutDecided({ name: model, version: rollout.candidate }, decision.kind),
    });
    this.#rollouts = rollouts;
    this.mirror = new RequestMirror({
      ...{ manager, clock, log },
      defer: setImmediate,
      random: Math.random,
      onMirrored: metrics.requestMirrored,
      onCompared: (model, versions, difference) => rollouts.compared(model, versions, difference),
    });
    this.observer = {
      requestStarted: metrics.requestStarted,
      requestDone(facts) {
        metrics.requestDone(facts);
        rollouts.requestDone(facts);
      },
    };
  }

  /** Takes what the repository says about a model; returns what is in force here: the same object for the same. */
  route(model: string, routing: ModelRouting | undefined): ModelRouting | undefined {
    this.#rollouts.follow(model, routing);
    const inForce = routing && this.#rollouts.inForce(model, routing);
    this.mirror.route(model, inForce);
    return inForce;
  }

  /** Decides and mirrors nothing more; resolves when what is under way has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#rollouts[Symbol.dispose]();
    await this.mirror[Symbol.asyncDispose]();
  }
}
