import { type Clock, cancelled, failedPrecondition, StatusError } from '@tensorfleet/core';
import type { VersionSnapshot } from './aspired-version-policy.ts';
import { type HarnessState, TRANSITIONS } from './harness-state.ts';
import { LoadAttempts, type LoadRetryOptions } from './load-attempts.ts';
import type { Reservation } from './resource-tracker.ts';
import { formatServableId, type Loader, type ResourceEstimate, type ServableId } from './servable.ts';
import { CountedServable } from './servable-handle.ts';

/** Must not throw. */
export interface HarnessObserver<T> {
  /**
   * After every change of state, before anything that follows from it; and, with `from` as the same state,
   * after a failed attempt that will be repeated.
   */
  onChange(harness: LoaderHarness<T>, from: HarnessState): void;
  /** A load, an unload or a pause ended, which may allow another action. */
  onProgress(): void;
}

/**
 * Takes one version through its life with one Loader.
 *
 * - The state changes along TRANSITIONS only, in `#transition`.
 * - The loader runs at most one call at a time; each load that succeeded is unloaded once.
 * - The reservation is held from the start of an attempt until that attempt failed or the servable is gone.
 * - A version that stopped being aspired never becomes ready; a ready one may be aspired again.
 *
 * It starts no attempt on its own: its owner limits how many run at once.
 */
export class LoaderHarness<T> {
  readonly id: ServableId;
  readonly #loader: Loader<T>;
  readonly #observer: HarnessObserver<T>;
  readonly #attempts: LoadAttempts;
  #state: HarnessState = 'new';
  #aspired = true;
  #isSuperseded = false;
  #error: StatusError | undefined;
  #reservation: Reservation | undefined;
  #servable: CountedServable<T> | undefined;

  constructor(loader: Loader<T>, clock: Clock, options: LoadRetryOptions, observer: HarnessObserver<T>) {
    this.id = loader.id;
    this.#loader = loader;
    this.#observer = observer;
    this.#attempts = new LoadAttempts(clock, options, () => observer.onProgress());
  }

  get revision(): object | undefined {
    return this.#loader.revision;
  }

  get place(): string | undefined {
    return this.#loader.place;
  }

  get state(): HarnessState {
    return this.#state;
  }

  get aspired(): boolean {
    return this.#aspired;
  }

  /** Whether another harness has taken over this version, and speaks for it. */
  get isSuperseded(): boolean {
    return this.#isSuperseded;
  }

  /** Why it failed, or its latest attempt did; CANCELLED when its load was cancelled. */
  get error(): StatusError | undefined {
    return this.#error;
  }

  /** There from ready until the last handle is gone. */
  get servable(): CountedServable<T> | undefined {
    return this.#servable;
  }

  /** Whether the loader is loading, as opposed to waiting for its next attempt. */
  get isAttempting(): boolean {
    return this.#attempts.isRunning;
  }

  /** Whether the pause after a failed attempt is over. */
  get isRetryDue(): boolean {
    return this.#attempts.isDue;
  }

  snapshot(): VersionSnapshot {
    return { id: this.id, state: this.#state, aspired: this.#aspired };
  }

  /** The loader's estimate. Throws a StatusError when the loader cannot tell. */
  estimate(): ResourceEstimate {
    try {
      const estimate = this.#loader.estimate();
      if (!(estimate.memoryBytes >= 0)) {
        throw new RangeError(`an estimate of ${estimate.memoryBytes} bytes is not a size`);
      }
      return estimate;
    } catch (reason) {
      const { code, message, details } = StatusError.from(reason);
      const action = `Error while attempting to reserve resources to load servable ${formatServableId(this.id)}`;
      throw new StatusError(code, `${action}: ${message}`, { details, cause: reason });
    }
  }

  /**
   * Starts the first attempt of a new version, or the one that is due, and takes over `reservation`.
   * Throws FAILED_PRECONDITION, and takes nothing, in any other state.
   */
  startAttempt(reservation: Reservation): void {
    const signal = this.#beginAttempt();
    this.#reservation = reservation;
    Promise.try(() => this.#loader.load(signal)).then(
      (servable) => this.#onLoaded(servable),
      (reason) => this.#onAttemptFailed(StatusError.from(reason)),
    );
  }

  /** An attempt that ends before the loader is asked; retried like any other. */
  failAttempt(error: StatusError): void {
    this.#beginAttempt();
    this.#onAttemptFailed(error);
  }

  /** Ends a version that is new or due, without another attempt. */
  refuse(error: StatusError): void {
    this.#requireStartable();
    this.#fail(error);
  }

  /** No source wants the version any more. Cancels a load; a ready version goes on until `quiesce`. */
  unaspire(): void {
    this.#aspired = false;
    if (this.#state === 'new' || this.#state === 'failed') {
      this.#transition('unloaded');
    } else if (this.#attempts.isRunning) {
      this.#attempts.abort(loadCancelled());
    } else if (this.#state === 'loading') {
      this.#fail(loadCancelled());
    }
  }

  /** A ready version is wanted again and simply stays. Throws FAILED_PRECONDITION in any other state. */
  reaspire(): void {
    this.#require(this.#state === 'ready', 'be aspired again');
    this.#aspired = true;
  }

  /** The version is wanted from another place; this one goes on until `quiesce`. Throws FAILED_PRECONDITION unless ready. */
  supersede(): void {
    this.#require(this.#state === 'ready', 'be superseded');
    this.#isSuperseded = true;
    this.#aspired = false;
  }

  /** Unloads a ready version as soon as its last handle is gone. Throws FAILED_PRECONDITION in any other state. */
  quiesce(): void {
    const servable = this.#servable;
    this.#transition('quiescing');
    servable?.retire(() => {
      this.#servable = undefined;
      this.#unload(servable.servable);
    });
  }

  #beginAttempt(): AbortSignal {
    this.#requireStartable();
    const signal = this.#attempts.begin();
    if (this.#state === 'new') {
      this.#transition('loading');
    }
    return signal;
  }

  #onLoaded(servable: T): void {
    this.#attempts.end();
    if (this.#aspired) {
      this.#error = undefined;
      this.#shrinkReservation();
      this.#servable = new CountedServable(this.id, servable);
      this.#transition('ready');
    } else {
      this.#error = loadCancelled();
      this.#unload(servable);
    }
    this.#observer.onProgress();
  }

  #onAttemptFailed(error: StatusError): void {
    this.#releaseReservation();
    if (!this.#aspired) {
      this.#fail(loadCancelled(error));
    } else if (this.#attempts.fail(error)) {
      this.#error = error;
      this.#observer.onChange(this, this.#state);
    } else {
      this.#fail(error);
    }
    this.#observer.onProgress();
  }

  #fail(error: StatusError): void {
    this.#attempts.end();
    this.#error = error;
    this.#transition('failed');
  }

  #unload(servable: T): void {
    this.#transition('unloading');
    Promise.try(() => this.#loader.unload(servable)).then(
      () => this.#onGone('unloaded'),
      (reason) => {
        this.#error = StatusError.from(reason);
        this.#onGone('failed');
      },
    );
  }

  #onGone(state: 'unloaded' | 'failed'): void {
    this.#releaseReservation();
    this.#transition(state);
    this.#observer.onProgress();
  }

  #shrinkReservation(): void {
    try {
      this.#reservation?.shrinkTo(this.estimate());
    } catch {
      // the servable is loaded; it keeps what was reserved for it
    }
  }

  #releaseReservation(): void {
    this.#reservation?.[Symbol.dispose]();
    this.#reservation = undefined;
  }

  #requireStartable(): void {
    this.#require(this.#state === 'new' || this.#attempts.isDue, 'start a load');
  }

  #require(condition: boolean, action: string): void {
    if (!condition) {
      const id = formatServableId(this.id);
      throw failedPrecondition(`servable ${id} cannot ${action} while it is ${this.#state}`);
    }
  }

  #transition(to: HarnessState): void {
    const from = this.#state;
    this.#require(TRANSITIONS[from].includes(to), `become ${to}`);
    this.#state = to;
    this.#observer.onChange(this, from);
  }
}

function loadCancelled(cause?: StatusError): StatusError {
  return cancelled('Loading of servable cancelled', {}, cause);
}
