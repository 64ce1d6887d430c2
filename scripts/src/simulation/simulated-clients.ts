import { type Clock, Code, StatusError } from '@tensorfleet/core';
import type { SimulatedTask } from './fleet/simulated-task.ts';

export interface ClientOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly visible: () => readonly SimulatedTask[];
  /** The gateway found no task for a request. */
  readonly onNoBackend: () => void;
  /** What clients are told to wait while there is no task; seconds. */
  readonly retryAfterS: number;
}

/** What became of the requests; the last five add up to the first. */
export interface Outcomes {
  readonly arrived: number;
  readonly answered: number;
  /** RESOURCE_EXHAUSTED: the server would not have answered in time. */
  readonly refused: number;
  /** Lost with a task, or too late, after all retries. */
  readonly failed: number;
  /** Tired of being told to come back. */
  readonly gaveUp: number;
  readonly open: number;
}

/** Of the gateway: what it gives a request by default. */
const DEADLINE_MS = 28_000;
/** Of the gateway's channel: attempts at UNAVAILABLE, and the pause before the first retry. */
const MAX_ATTEMPTS = 4;
const RETRY_BASE_MS = 50;
/** Clients do as Retry-After says for so long. */
const PATIENCE_MS = 15 * 60_000;

/** Clients and the gateway: each request ends exactly once. */
export class SimulatedClients {
  /** Of each answered request: what it waited in the queue of the task that answered; milliseconds. */
  readonly queueMs: number[] = [];
  /** Of each answered request: from its first arrival to its answer; milliseconds. */
  readonly totalMs: number[] = [];
  /** Answers 503 while there was no task. */
  noBackend = 0;
  readonly #options: ClientOptions;
  readonly #count = { arrived: 0, answered: 0, refused: 0, failed: 0, gaveUp: 0 };
  #turn = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  get outcomes(): Outcomes {
    const { arrived, answered, refused, failed, gaveUp } = this.#count;
    return { ...this.#count, open: arrived - answered - refused - failed - gaveUp };
  }

  arrive(): void {
    this.#count.arrived += 1;
    this.#ask(this.#options.clock.now());
  }

  #ask(arrivedAt: number): void {
    const { clock, random, retryAfterS, onNoBackend, visible } = this.#options;
    if (visible().length > 0) {
      void this.#attempt(arrivedAt, clock.now() + DEADLINE_MS, 1);
      return;
    }
    this.noBackend += 1;
    onNoBackend();
    const waitMs = retryAfterS * 1000 * (1 + 0.2 * random());
    if (clock.now() + waitMs > arrivedAt + PATIENCE_MS) {
      this.#count.gaveUp += 1;
    } else {
      clock.schedule(waitMs, () => this.#ask(arrivedAt));
    }
  }

  async #attempt(arrivedAt: number, deadline: number, attempt: number): Promise<void> {
    const { clock, random, visible } = this.#options;
    const tasks = visible();
    const task = tasks[this.#turn++ % tasks.length];
    if (task === undefined) {
      this.#ask(arrivedAt);
      return;
    }
    try {
      const queueMs = await task.predict(deadline);
      this.#count.answered += 1;
      this.queueMs.push(queueMs);
      this.totalMs.push(clock.now() - arrivedAt);
    } catch (reason) {
      const { code } = StatusError.from(reason);
      if (code === Code.Unavailable && attempt < MAX_ATTEMPTS && clock.now() < deadline) {
        const pauseMs = RETRY_BASE_MS * 2 ** (attempt - 1) * (0.8 + 0.4 * random());
        clock.schedule(pauseMs, () => void this.#attempt(arrivedAt, deadline, attempt + 1));
      } else {
        this.#count[code === Code.ResourceExhausted ? 'refused' : 'failed'] += 1;
      }
    }
  }
}
