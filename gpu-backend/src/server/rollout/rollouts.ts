import { isDeepStrictEqual } from 'node:util';
import type { Version } from '@tensorfleet/core';
import { isSameRun, type ModelRouting, type Rollout } from '@tensorfleet/repository';
import type { RequestFacts } from '../request-observer.ts';
import { type RolloutParts, RolloutRun } from './rollout-run.ts';

/** The rollouts that run, one per model at most: every server follows them, and each decides by what it sees itself. */
export class Rollouts implements Disposable {
  readonly #parts: RolloutParts;
  readonly #runs = new Map<string, RolloutRun>();
  #isClosed = false;

  constructor(parts: RolloutParts) {
    this.#parts = parts;
  }

  /** What the repository says about a model now; undefined when it says nothing, or the model is not served any more. */
  follow(model: string, routing: ModelRouting | undefined): void {
    const rollout = routing?.rollout;
    const run = this.#runs.get(model);
    if (this.#isClosed || (run === undefined && rollout?.state !== 'running')) {
      return;
    }
    if (rollout?.state === 'running' && run !== undefined && isFurther(run.rollout, rollout)) {
      run.follow(rollout);
      return;
    }
    run?.[Symbol.dispose]();
    this.#runs.delete(model);
    if (rollout?.state === 'running') {
      this.#runs.set(model, new RolloutRun(model, rollout, this.#parts));
    }
  }

  /**
   * The routing in force here: as the repository has it, but without the candidate of a rollout that this server has
   * rolled back. The same object for the same routing until then.
   */
  inForce(model: string, routing: ModelRouting): ModelRouting {
    const run = this.#runs.get(model);
    const rollout = routing.rollout;
    const isOurs = rollout?.state === 'running' && run !== undefined && isFurther(run.rollout, rollout);
    return isOurs ? run.inForce(routing) : routing;
  }

  /** Of every request, also of models that are not rolled out. */
  requestDone(facts: RequestFacts): void {
    this.#runs.get(facts.model)?.observation.requestDone(facts);
  }

  /**
   * Two versions have answered the same request; `difference` is the share of it that they disagree about, 0 to 1.
   * Ignored unless they are those of the model's rollout.
   */
  compared(model: string, versions: readonly [Version, Version], difference: number): void {
    const run = this.#runs.get(model);
    if (run !== undefined && versions.includes(run.rollout.baseline) && versions.includes(run.rollout.candidate)) {
      run.observation.compared(difference);
    }
  }

  /** The rollouts that run, by model. */
  running(): ReadonlyMap<string, Rollout> {
    return new Map(Array.from(this.#runs, ([model, { rollout }]) => [model, rollout]));
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const run of this.#runs.values()) {
      run[Symbol.dispose]();
    }
  }
}

/** What was seen and decided holds for `later`, too. */
function isFurther(seen: Rollout, later: Rollout): boolean {
  return isSameRun(seen, later) && isDeepStrictEqual([seen.steps, seen.bounds], [later.steps, later.bounds]);
}
