import type { Clock, StatusError } from '@tensorfleet/core';

export interface LoadRetryOptions {
  /** Attempts after the first one that failed. */
  readonly maxLoadRetries: number;
  /** Pause before each of them; 0 for none. */
  readonly loadRetryIntervalMs: number;
  /** Whether another attempt could end differently. What it throws counts as no. */
  readonly shouldRetry: (error: StatusError) => boolean;
}

type Phase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly abort: AbortController }
  | { readonly kind: 'waiting'; readonly timer: Disposable }
  | { readonly kind: 'due' };

const IDLE: Phase = { kind: 'idle' };

/**
 * Counts and spaces the attempts to load one version: idle, then running and waiting in turn, then idle.
 * At most one timer is armed, while waiting.
 */
export class LoadAttempts {
  readonly #clock: Clock;
  readonly #options: LoadRetryOptions;
  readonly #onDue: () => void;
  #phase: Phase = IDLE;
  #failures = 0;

  /** @param onDue called when a pause is over; not when there is no pause */
  constructor(clock: Clock, options: LoadRetryOptions, onDue: () => void) {
    this.#clock = clock;
    this.#options = options;
    this.#onDue = onDue;
  }

  get isRunning(): boolean {
    return this.#phase.kind === 'running';
  }

  /** Whether the next attempt may begin. */
  get isDue(): boolean {
    return this.#phase.kind === 'due';
  }

  /** The signal of a new attempt. */
  begin(): AbortSignal {
    const abort = new AbortController();
    this.#phase = { kind: 'running', abort };
    return abort.signal;
  }

  /** Ends a failed attempt; true when another one will become due, false when that was the last. */
  fail(error: StatusError): boolean {
    this.#failures++;
    if (this.#failures > this.#options.maxLoadRetries || !this.#mayRetry(error)) {
      this.#phase = IDLE;
      return false;
    }
    this.#phase = this.#options.loadRetryIntervalMs === 0 ? { kind: 'due' } : this.#pause();
    return true;
  }

  /** Aborts an attempt that runs; it still has to end. */
  abort(reason: StatusError): void {
    if (this.#phase.kind === 'running') {
      this.#phase.abort.abort(reason);
    }
  }

  /** No attempt will follow. */
  end(): void {
    if (this.#phase.kind === 'waiting') {
      this.#phase.timer[Symbol.dispose]();
    }
    this.#phase = IDLE;
  }

  #pause(): Phase {
    const timer = this.#clock.schedule(this.#options.loadRetryIntervalMs, () => {
      this.#phase = { kind: 'due' };
      this.#onDue();
    });
    return { kind: 'waiting', timer };
  }

  #mayRetry(error: StatusError): boolean {
    try {
      return this.#options.shouldRetry(error);
    } catch {
      return false;
    }
  }
}
