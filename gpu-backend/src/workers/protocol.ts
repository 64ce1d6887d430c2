import type { Transferable } from 'node:worker_threads';
import type { StatusData } from '@tensorfleet/core';

/** What moves to the other thread with a message instead of being cloned; unusable here afterwards. */
export type TransferList = readonly Transferable[];

/** What a thread is started with: the pool's workerData, and the word that says whether it is inside an addon. */
export interface StartData {
  readonly data: unknown;
  readonly nativeSection: Int32Array;
}

/** Main thread to worker. A worker that is ready gets the next call after it answered the last. */
export interface ToWorker<Req> {
  readonly kind: 'call';
  readonly id: number;
  readonly payload: Req;
}

/** Worker to main thread: `ready` or `failed` once, then one `result` or `error` for each call, with its id. */
export type FromWorker<Res> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: StatusData }
  | { readonly kind: 'result'; readonly id: number; readonly payload: Res }
  | { readonly kind: 'error'; readonly id: number; readonly error: StatusData };
