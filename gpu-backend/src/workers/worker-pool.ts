import { StatusError, unavailable } from '@tensorfleet/core';
import { PoolWorker, type PoolWorkerOwner, type WorkerCall } from './pool-worker.ts';
import type { TransferList } from './protocol.ts';
import { RestartBackoff } from './restart-backoff.ts';
import {
  type ResolvedWorkerPoolOptions,
  resolveWorkerPoolOptions,
  type WorkerPoolOptions,
} from './worker-pool-options.ts';

/** Worker threads that answer calls, one at a time each. */
export interface WorkerPool<Req, Res> {
  /**
   * Resolves when every worker is ready. Rejects with a worker's own StatusError, or UNAVAILABLE when it died without
   * one; the pool is destroyed then: what does not start at first is not started again.
   */
  readonly ready: Promise<void>;
  /** Workers that are ready, busy ones included. */
  readonly readyWorkers: number;
  readonly idleWorkers: number;
  /** Calls that wait for a worker. */
  readonly waitingCalls: number;
  /**
   * Sends `payload` to an idle worker, or waits for one in order of arrival, also while workers are replaced; what `transfer` lists is unusable
   * afterwards. Never throws. Rejects with
   * - the handler's own error, the pool is fine;
   * - UNAVAILABLE when too many calls wait, no worker starts any more, the pool is closed or the worker was lost during
   *   the call;
   * - the signal's reason at once when it aborts. A call that runs by then is left to its worker, its answer dropped.
   */
  call(payload: Req, transfer?: TransferList, signal?: AbortSignal): Promise<Res>;
  /** Refuses new calls, finishes accepted ones, then ends the threads, as destroy does. Idempotent. */
  close(): Promise<void>;
  /**
   * Fails running and waiting calls with `reason` at once. Resolves when every thread has ended, lost ones included,
   * so that their memory is free; a thread inside native code ends only when that returns. Idempotent.
   */
  destroy(reason: StatusError): Promise<void>;
}

/** Starts the workers. Throws INVALID_ARGUMENT when an option is out of bounds. */
export function createWorkerPool<Req, Res>(options: WorkerPoolOptions): WorkerPool<Req, Res> {
  return new ThreadPool(resolveWorkerPoolOptions(options));
}

/**
 * Invariants:
 * - `#workers` and `#restarts` together are what is or will be a worker; lost workers are in neither, their threads
 *   are in `#ending` until they have ended, which a replacement does not wait for;
 * - no call waits while a worker is idle, nor during an outage;
 * - `open` until close or destroy, `closing` while accepted calls finish, `destroyed` when nothing is left to do.
 */
class ThreadPool<Req, Res> implements WorkerPool<Req, Res>, PoolWorkerOwner<Req, Res> {
  readonly #options: ResolvedWorkerPoolOptions;
  readonly #backoff: RestartBackoff;
  readonly #workers = new Set<PoolWorker<Req, Res>>();
  readonly #restarts = new Set<Disposable>();
  readonly #ending = new Set<Promise<void>>();
  readonly #waiting: WorkerCall<Req, Res>[] = [];
  readonly #started = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #state: 'open' | 'closing' | 'destroyed' = 'open';
  #hasStarted = false;
  /** Replacements that wait for a thread to end. */
  #postponed = 0;
  /** Why calls are refused while no worker is ready and replacements do not start. */
  #outage: StatusError | undefined;
  /** Why new calls are refused. */
  #refusal: StatusError | undefined;

  constructor(options: ResolvedWorkerPoolOptions) {
    this.#options = options;
    this.#backoff = new RestartBackoff(options.maxFailedStarts);
    this.#started.promise.catch(() => undefined); // whoever needs the pool awaits `ready`; calls are refused anyway
    for (let index = 0; index < options.size; index++) {
      this.#start();
    }
  }

  get ready(): Promise<void> {
    return this.#started.promise;
  }

  get readyWorkers(): number {
    return this.#count((worker) => worker.isReady);
  }

  get idleWorkers(): number {
    return this.#count((worker) => worker.isIdle);
  }

  get waitingCalls(): number {
    return this.#waiting.length;
  }

  call(payload: Req, transfer: TransferList = [], signal?: AbortSignal): Promise<Res> {
    const { promise, resolve, reject } = Promise.withResolvers<Res>();
    const call: WorkerCall<Req, Res> = { payload, transfer, resolve, reject };
    const refusal = this.#refusalOf(signal);
    if (refusal !== undefined) {
      reject(refusal);
      return promise;
    }
    if (signal !== undefined) {
      const onAbort = (): void => this.#cancel(call, StatusError.from(signal.reason));
      const ignore = (): void => signal.removeEventListener('abort', onAbort);
      signal.addEventListener('abort', onAbort);
      promise.then(ignore, ignore);
    }
    this.#waiting.push(call);
    this.#assign();
    return promise;
  }

  close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#refusal = unavailable('the worker pool is closed');
      this.#endWhenDone();
    }
    return this.#ended.promise;
  }

  destroy(reason: StatusError): Promise<void> {
    if (this.#state !== 'destroyed') {
      this.#state = 'destroyed';
      this.#refusal ??= unavailable(`the worker pool is closed: ${reason.message}`, {}, reason);
      this.#started.reject(reason);
      for (const restart of this.#restarts) {
        restart[Symbol.dispose]();
      }
      this.#rejectWaiting(reason);
      for (const worker of this.#workers) {
        worker.destroy(reason);
        this.#awaitEnd(worker);
      }
      this.#restarts.clear();
      this.#workers.clear();
      this.#ended.resolve(Promise.all(this.#ending).then(() => undefined));
    }
    return this.#ended.promise;
  }

  onReady(): void {
    this.#backoff.onReady();
    this.#outage = undefined;
    if (this.readyWorkers === this.#options.size) {
      this.#hasStarted = true;
      this.#started.resolve();
    }
    this.#options.onEvent({ kind: 'worker-ready', ready: this.readyWorkers });
    this.#assign();
    this.#endWhenDone();
  }

  onAnswer(): void {
    this.#backoff.onAnswer();
    this.#assign();
    this.#endWhenDone();
  }

  onLost(worker: PoolWorker<Req, Res>, error: StatusError, wasReady: boolean): void {
    this.#workers.delete(worker);
    this.#awaitEnd(worker);
    const failedToStart = !wasReady && !this.#hasStarted;
    const isNeeded = this.#state === 'open' || this.#waiting.length > 0;
    const replaceInMs = isNeeded && !failedToStart ? this.#backoff.onLost(wasReady) : undefined;
    this.#options.onEvent({ kind: 'worker-lost', ready: this.readyWorkers, reason: error.message, replaceInMs });
    if (failedToStart) {
      void this.destroy(error); // ends in `#ended` and never rejects, as below
    } else if (replaceInMs !== undefined) {
      this.#startIn(replaceInMs);
    }
    if (this.#backoff.isHopeless && this.readyWorkers === 0) {
      this.#outage = unavailable('no worker is left, and their replacements do not start', {}, error);
      this.#rejectWaiting(this.#outage);
    }
    this.#endWhenDone();
  }

  #rejectWaiting(reason: StatusError): void {
    for (const call of this.#waiting.splice(0)) {
      call.reject(reason);
    }
  }

  #awaitEnd(worker: PoolWorker<Req, Res>): void {
    const ending = worker.ended.then(() => {
      this.#ending.delete(ending);
      if (this.#postponed > 0) {
        this.#postponed -= 1;
        this.#replace();
      }
    });
    this.#ending.add(ending);
  }

  #start(): void {
    if (this.#state === 'destroyed') {
      return;
    }
    try {
      this.#workers.add(new PoolWorker(this.#options, this));
    } catch (reason) {
      void this.destroy(StatusError.from(reason)); // the options are wrong, for every worker
    }
  }

  /** Starts a replacement, or puts it off until a thread has ended. */
  #replace(): void {
    const stuck = this.#ending.size;
    if (stuck <= this.#options.maxStuckThreads) {
      this.#start();
      return;
    }
    this.#postponed += 1;
    if (this.readyWorkers === 0) {
      this.#outage = unavailable(
        `lost workers that are stuck in native code: ${stuck}; no other is started until one ends`,
      );
      this.#rejectWaiting(this.#outage);
      this.#endWhenDone();
    }
  }

  #startIn(delayMs: number): void {
    const restart = this.#options.clock.schedule(delayMs, () => {
      this.#restarts.delete(restart);
      this.#replace();
    });
    this.#restarts.add(restart);
  }

  #refusalOf(signal: AbortSignal | undefined): StatusError | undefined {
    const refusal = this.#refusal ?? this.#outage;
    if (refusal !== undefined) {
      return refusal;
    }
    if (signal?.aborted) {
      return StatusError.from(signal.reason);
    }
    const { maxWaitingCalls } = this.#options;
    return this.#waiting.length >= maxWaitingCalls && this.idleWorkers === 0
      ? unavailable(`${this.#waiting.length} calls wait for a worker, the limit is ${maxWaitingCalls}`)
      : undefined;
  }

  #cancel(call: WorkerCall<Req, Res>, reason: StatusError): void {
    const index = this.#waiting.indexOf(call);
    if (index >= 0) {
      this.#waiting.splice(index, 1);
    }
    call.reject(reason);
    this.#endWhenDone();
  }

  /** Hands waiting calls to idle workers, first come, first served; the oldest worker first, it is the warmest. */
  #assign(): void {
    for (const worker of this.#workers) {
      while (worker.isIdle) {
        const call = this.#waiting.shift();
        if (call === undefined) {
          return;
        }
        worker.run(call);
      }
    }
  }

  #endWhenDone(): void {
    if (this.#state === 'closing' && this.#waiting.length === 0 && this.readyWorkers === this.idleWorkers) {
      void this.destroy(unavailable('the worker pool is closed'));
    }
  }

  #count(matches: (worker: PoolWorker<Req, Res>) => boolean): number {
    let count = 0;
    for (const worker of this.#workers) {
      count += matches(worker) ? 1 : 0;
    }
    return count;
  }
}
