import type { ResourceLimits } from 'node:worker_threads';
import { type Clock, invalidArgument } from '@tensorfleet/core';

export interface WorkerPoolOptions {
  /** Module that calls serveWorker; a file URL. */
  readonly entry: URL;
  /** Cloned into every worker, replacements included. */
  readonly workerData?: unknown;
  /** Workers; an integer >= 1. Default 1. Sensible: up to the number of cores, or one for each device. */
  readonly size?: number;
  /**
   * Milliseconds after which a worker that has not answered its call is given up and replaced; > 0. Default 60 000.
   * Sensible: several times the slowest call, since the call is lost with the worker.
   */
  readonly callTimeoutMs?: number;
  /** Milliseconds in which a worker must become ready; > 0. Default 300 000: a large model may load from a slow disk. */
  readonly startTimeoutMs?: number;
  /** Calls that may wait for a worker; an integer >= 0. Default 64. A scheduler with as many slots needs few. */
  readonly maxWaitingCalls?: number;
  /**
   * Replacements in a row that may die before they are ready; an integer >= 0. Default 5, over about 3 seconds. After
   * that calls are refused until one is ready; the pool goes on trying.
   */
  readonly maxFailedStarts?: number;
  /**
   * Threads of lost workers that may still be inside native code, which nothing can interrupt; an integer >= 0.
   * Default 4. Each takes a core, so beyond that lost workers are replaced only when one of these threads has ended.
   */
  readonly maxStuckThreads?: number;
  /** Memory limits of each worker, in MiB; a worker over its limit is lost like one that crashed. Default Node's. */
  readonly resourceLimits?: Readonly<ResourceLimits>;
  readonly clock: Clock;
  /** Told in order of happening; must not throw. */
  readonly onEvent?: (event: WorkerPoolEvent) => void;
}

/** `ready` counts the workers that are ready after the event. Leaving by close or destroy is no event. */
export type WorkerPoolEvent =
  | { readonly kind: 'worker-ready'; readonly ready: number }
  /** A worker crashed, exited, hung or did not start; `replaceInMs` is undefined when it will not be replaced. */
  | {
      readonly kind: 'worker-lost';
      readonly ready: number;
      readonly reason: string;
      readonly replaceInMs: number | undefined;
    };

export type ResolvedWorkerPoolOptions = Readonly<Required<Omit<WorkerPoolOptions, 'resourceLimits'>>> &
  Pick<WorkerPoolOptions, 'resourceLimits'>;

/** Fills in the defaults; throws INVALID_ARGUMENT that names the option, its value and its bound. */
export function resolveWorkerPoolOptions(options: WorkerPoolOptions): ResolvedWorkerPoolOptions {
  const resolved: ResolvedWorkerPoolOptions = {
    workerData: undefined,
    size: 1,
    callTimeoutMs: 60_000,
    startTimeoutMs: 300_000,
    maxWaitingCalls: 64,
    maxFailedStarts: 5,
    maxStuckThreads: 4,
    onEvent: () => undefined,
    ...options,
  };
  checkInteger('size', resolved.size, 1);
  checkInteger('maxWaitingCalls', resolved.maxWaitingCalls, 0);
  checkInteger('maxFailedStarts', resolved.maxFailedStarts, 0);
  checkInteger('maxStuckThreads', resolved.maxStuckThreads, 0);
  checkTimeout('callTimeoutMs', resolved.callTimeoutMs);
  checkTimeout('startTimeoutMs', resolved.startTimeoutMs);
  return Object.freeze(resolved);
}

function checkInteger(name: string, value: number, min: number): void {
  if (!Number.isSafeInteger(value) || value < min) {
    throw invalidArgument(`worker pool option ${name} must be an integer of at least ${min}; was ${value}`);
  }
}

function checkTimeout(name: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0) {
    throw invalidArgument(`worker pool option ${name} must be a positive number of milliseconds; was ${value}`);
  }
}
