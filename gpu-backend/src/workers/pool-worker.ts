import { Worker } from 'node:worker_threads';
import { NO_RETRY, StatusError, unavailable } from '@tensorfleet/core';
import { NativeSection } from './native-section.ts';
import type { FromWorker, StartData, ToWorker, TransferList } from './protocol.ts';
import type { ResolvedWorkerPoolOptions } from './worker-pool-options.ts';

/** A call and the two ends of its promise. */
export interface WorkerCall<Req, Res> {
  readonly payload: Req;
  readonly transfer: TransferList;
  readonly resolve: (payload: Res) => void;
  readonly reject: (error: StatusError) => void;
}

export interface PoolWorkerOwner<Req, Res> {
  /** The worker became ready. */
  onReady(worker: PoolWorker<Req, Res>): void;
  /** The worker answered its call, which is settled, and is idle again. */
  onAnswer(worker: PoolWorker<Req, Res>): void;
  /** The worker is gone, its call has failed with `error`; told once, and not after destroy. */
  onLost(worker: PoolWorker<Req, Res>, error: StatusError, wasReady: boolean): void;
}

/**
 * One thread of a pool: starting, then idle and busy in turns, then lost.
 *
 * It has a call exactly while it is busy, and a timer exactly while it is starting or busy. It is the thread that gets
 * lost, not the process: once it is lost, whatever the thread still says or does is ignored. While idle it does not
 * keep the process alive.
 */
export class PoolWorker<Req, Res> {
  readonly #options: ResolvedWorkerPoolOptions;
  readonly #owner: PoolWorkerOwner<Req, Res>;
  readonly #thread: Worker;
  readonly #section = new NativeSection();
  readonly #ended = Promise.withResolvers<void>();
  #state: 'starting' | 'idle' | 'busy' | 'lost' = 'starting';
  #call: WorkerCall<Req, Res> | undefined;
  #calls = 0;
  #timer: Disposable | undefined;
  #crash: StatusError | undefined;

  /** Starts the thread; throws when its options cannot be cloned or name no file. */
  constructor(options: ResolvedWorkerPoolOptions, owner: PoolWorkerOwner<Req, Res>) {
    this.#options = options;
    this.#owner = owner;
    const { entry, resourceLimits, startTimeoutMs } = options;
    const workerData: StartData = { data: options.workerData, nativeSection: this.#section.word };
    this.#thread = new Worker(entry, { workerData, ...(resourceLimits === undefined ? {} : { resourceLimits }) });
    this.#thread.on('message', (message: FromWorker<Res>) => this.#receive(message));
    this.#thread.on('messageerror', (reason) => this.#lose(lost('sent a message that cannot be read', reason)));
    this.#thread.on('error', (reason) => {
      this.#crash = lost(`crashed: ${StatusError.from(reason).message}`, reason); // 'exit' follows
    });
    this.#thread.on('exit', (code) => {
      this.#ended.resolve();
      this.#lose(this.#crash ?? lost(`exited with code ${code}`));
    });
    this.#giveUpAfter(startTimeoutMs, 'was not ready');
  }

  /** Resolves when the thread has ended, which a thread inside native code does only when that returns. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get isReady(): boolean {
    return this.#state === 'idle' || this.#state === 'busy';
  }

  get isIdle(): boolean {
    return this.#state === 'idle';
  }

  /** Posts a call to this idle worker. A payload that cannot be posted fails the call and leaves the worker idle. */
  run(call: WorkerCall<Req, Res>): void {
    this.#calls += 1;
    const message: ToWorker<Req> = { kind: 'call', id: this.#calls, payload: call.payload };
    try {
      this.#thread.postMessage(message, call.transfer);
    } catch (reason) {
      call.reject(StatusError.from(reason));
      return;
    }
    this.#state = 'busy';
    this.#call = call;
    this.#thread.ref();
    this.#giveUpAfter(this.#options.callTimeoutMs, 'did not answer');
  }

  /** Fails the call that runs with `reason` and begins to end the thread. */
  destroy(reason: StatusError): void {
    const call = this.#call;
    this.#state = 'lost';
    this.#call = undefined;
    this.#disarm();
    if (this.#section.end()) {
      void this.#thread.terminate(); // `ended` tells; until then the thread keeps the process alive
    }
    call?.reject(reason);
  }

  #receive(message: FromWorker<Res>): void {
    switch (message.kind) {
      case 'ready':
        if (this.#state === 'starting') {
          this.#rest();
          this.#owner.onReady(this);
        }
        return;
      case 'failed':
        this.#lose(StatusError.fromData(message.error));
        return;
      case 'result':
        this.#answer(message.id, (call) => call.resolve(message.payload));
        return;
      case 'error':
        this.#answer(message.id, (call) => call.reject(StatusError.fromData(message.error)));
        return;
    }
  }

  #answer(id: number, settle: (call: WorkerCall<Req, Res>) => void): void {
    const call = this.#call;
    if (call !== undefined && id === this.#calls) {
      this.#rest();
      settle(call);
      this.#owner.onAnswer(this);
    }
  }

  #rest(): void {
    this.#state = 'idle';
    this.#call = undefined;
    this.#disarm();
    this.#thread.unref();
  }

  #giveUpAfter(timeoutMs: number, what: string): void {
    this.#timer = this.#options.clock.schedule(timeoutMs, () => this.#lose(lost(`${what} within ${timeoutMs} ms`)));
  }

  #lose(error: StatusError): void {
    if (this.#state !== 'lost') {
      const wasReady = this.isReady;
      this.destroy(error);
      this.#owner.onLost(this, error, wasReady);
    }
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}

function lost(what: string, cause?: unknown): StatusError {
  return unavailable(`the worker ${what}`, NO_RETRY, cause);
}
