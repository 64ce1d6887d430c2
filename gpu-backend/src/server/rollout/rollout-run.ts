import { type Clock, Code, type Logger, StatusError } from '@tensorfleet/core';
import {
  applyDecision,
  decideRollout,
  type ModelRouting,
  type RollBack,
  type Rollout,
  type RolloutAction,
} from '@tensorfleet/repository';
import type { IndexChange } from '../../repository/model-repository.ts';
import { RolloutObservation } from './rollout-observation.ts';

/** What this server has done about a rollout. */
export interface RolloutEvent {
  readonly model: string;
  readonly rollout: Rollout;
  readonly decision: RolloutAction;
}

export interface RolloutParts {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** 0 up to, not including, 1: keeps servers from deciding at the same time. */
  readonly random: () => number;
  readonly log: Logger;
  /** As RepositorySource.update. */
  readonly update: (model: string, change: IndexChange) => Promise<boolean>;
  /** Told of steps and ends that this server has brought about, and of its own roll backs, written or not. */
  readonly onDecision: (event: RolloutEvent) => void;
  /** The routing in force for a model has changed, as it does with a roll back of this server. */
  readonly onRolledBack: (model: string) => void;
}

const MS_PER_SECOND = 1000;
/** A rollout is looked at so often while its window passes, within these bounds; milliseconds. */
const LOOKS_PER_WINDOW = 30;
const MIN_LOOK_MS = 100;
const MAX_LOOK_MS = 10_000;
/** Looks are up to a fifth sooner or later than that. */
const JITTER = 0.2;
/** The first and the longest pause after a write that failed; milliseconds. */
const MIN_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

/** Errors after which nobody need try again from here. */
const CANNOT_WRITE: readonly Code[] = [Code.FailedPrecondition, Code.PermissionDenied, Code.Unimplemented];

const DEEDS = { step: 'takes a step', done: 'is done', roll_back: 'is rolled back' } as const;

/**
 * A running rollout, as one server follows it: what it observes, and what it decides.
 *
 * - One timer is armed, until a roll back is settled: nothing that the store does keeps this server from looking.
 * - One write at most is under way.
 * - A roll back is in force here at once, and stays so: it is written until the index has it, or where it cannot be
 *   written, until the index has another run.
 */
export class RolloutRun implements Disposable {
  readonly observation: RolloutObservation;
  readonly #model: string;
  readonly #parts: RolloutParts;
  #rollout: Rollout;
  #rollBack: RollBack | undefined;
  /** What the index has, or cannot have: it is not written again before the index has another step. */
  #settled: RolloutAction['kind'] | undefined;
  #failures = 0;
  /** No write before; on the clock. */
  #retryAt = 0;
  #timer: Disposable | undefined;
  #isWriting = false;
  #isClosed = false;
  #overridden: { readonly given: ModelRouting; readonly routing: ModelRouting } | undefined;

  constructor(model: string, rollout: Rollout, parts: RolloutParts) {
    this.#model = model;
    this.#rollout = rollout;
    this.#parts = parts;
    this.observation = new RolloutObservation(rollout, parts.clock);
    this.#arm();
  }

  /** As the index had it last. */
  get rollout(): Rollout {
    return this.#rollout;
  }

  /** The same run, perhaps at another step. */
  follow(rollout: Rollout): void {
    const isOther = rollout.step !== this.#rollout.step;
    this.#rollout = rollout;
    if (isOther) {
      this.#settled = undefined;
      this.#arm();
    }
  }

  /** What the repository says, without the candidate once this server has rolled back; the same object for the same. */
  inForce(given: ModelRouting): ModelRouting {
    if (this.#rollBack === undefined) {
      return given;
    }
    if (this.#overridden?.given !== given) {
      const { label, baseline } = this.#rollout;
      const labels = new Map(given.labels).set(label, baseline);
      const routing = { ...given, labels, rollout: { ...this.#rollout, state: 'rolled_back' } as const };
      this.#overridden = { given, routing };
    }
    return this.#overridden.routing;
  }

  /** Decides nothing more; a write that is under way is not waited for. Idempotent. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#disarm();
  }

  #arm(): void {
    this.#disarm();
    if (!this.#isClosed && this.#settled !== 'roll_back') {
      const { clock } = this.#parts;
      const windowMs = this.#rollout.bounds.windowSeconds * MS_PER_SECOND;
      const pauseMs = Math.min(Math.max(windowMs / LOOKS_PER_WINDOW, MIN_LOOK_MS), MAX_LOOK_MS);
      this.#timer = clock.schedule(this.#jittered(pauseMs), () => this.#look());
    }
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #jittered(ms: number): number {
    return ms * (1 + JITTER * (2 * this.#parts.random() - 1));
  }

  #look(): void {
    const { clock, wallClock } = this.#parts;
    const at = Math.round(wallClock());
    const decision = this.#rollBack ?? decideRollout(this.#rollout, this.observation.window(), at);
    if (decision.kind === 'roll_back') {
      this.#rollBackHere(decision);
    }
    const isWanted = decision.kind !== 'stay' && decision.kind !== this.#settled;
    if (isWanted && !this.#isWriting && clock.now() >= this.#retryAt) {
      void this.#write({ model: this.#model, rollout: this.#rollout, decision }, at); // never rejects
    }
    this.#arm();
  }

  #rollBackHere(decision: RollBack): void {
    if (this.#rollBack === undefined) {
      this.#rollBack = decision;
      this.#tell({ model: this.#model, rollout: this.#rollout, decision });
      this.#parts.onRolledBack(this.#model);
    }
  }

  async #write(event: RolloutEvent, at: number): Promise<void> {
    const { rollout, decision } = event;
    this.#isWriting = true;
    try {
      const change: IndexChange = (index, model) => applyDecision(index, { model, rollout, decision, at });
      const isChanged = await this.#parts.update(this.#model, change);
      if (isChanged && decision.kind !== 'roll_back') {
        this.#tell(event);
      }
      this.#failures = 0;
      this.#settle(event);
    } catch (reason) {
      this.#onFailed(StatusError.from(reason), event);
    } finally {
      this.#isWriting = false;
    }
  }

  /** Unless the index has had another step since. */
  #settle({ rollout, decision }: RolloutEvent): void {
    if (this.#rollout.step === rollout.step) {
      this.#settled = decision.kind;
    }
    this.#arm();
  }

  #onFailed({ code, message }: StatusError, event: RolloutEvent): void {
    const isRetried = !CANNOT_WRITE.includes(code);
    if (!isRetried || this.#failures === 0) {
      const { model, rollout, decision } = event;
      const what = `the index does not learn ${isRetried ? 'yet ' : ''}that it ${DEEDS[decision.kind]}: ${message}`;
      const here = this.#rollBack === undefined ? '' : '; this server sends its candidate no requests';
      this.#parts.log.warn({ model, code }, `${nameOf(model, rollout)}: ${what}${here}`);
    }
    if (isRetried) {
      const pauseMs = Math.min(MIN_RETRY_MS * 2 ** this.#failures, MAX_RETRY_MS);
      this.#failures += 1;
      this.#retryAt = this.#parts.clock.now() + this.#jittered(pauseMs);
    } else {
      this.#settle(event);
    }
  }

  #tell(event: RolloutEvent): void {
    const { model, rollout, decision } = event;
    const { label, baseline, candidate, steps } = rollout;
    const facts = { model, label, baseline, candidate, decision: decision.kind };
    switch (decision.kind) {
      case 'step': {
        const step = `step ${decision.step + 1} of ${steps.length}, ${steps[decision.step]} %`;
        this.#parts.log.info(facts, `${nameOf(model, rollout)}: ${step}: ${decision.reason}`);
        break;
      }
      case 'done':
        this.#parts.log.info(facts, `${nameOf(model, rollout)} is done: ${decision.reason}`);
        break;
      case 'roll_back':
        this.#parts.log.warn(facts, `${nameOf(model, rollout)} is rolled back: ${decision.reason}`);
        break;
    }
    this.#parts.onDecision(event);
  }
}

function nameOf(model: string, { label, baseline, candidate }: Rollout): string {
  return `the rollout of label "${label}" of model "${model}" from ${baseline} to ${candidate}`;
}
