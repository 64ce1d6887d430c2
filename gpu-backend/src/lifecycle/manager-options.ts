import { Code, invalidArgument, type StatusError } from '@tensorfleet/core';
import { type AspiredVersionPolicy, availabilityPreserving } from './aspired-version-policy.ts';
import type { LoadRetryOptions } from './load-attempts.ts';

export interface ManagerOptions {
  /** How to get from the managed versions to the aspired ones. Default: `availabilityPreserving`. */
  readonly policy?: AspiredVersionPolicy;
  /** Loads that run at once, pauses between attempts not counted. Default 1; at least 1. */
  readonly maxConcurrentLoads?: number;
  /** Attempts after the first one that failed. Default 5; at least 0. */
  readonly maxLoadRetries?: number;
  /** Pause before each of them in milliseconds. Default 60,000; at least 0, for none. */
  readonly loadRetryIntervalMs?: number;
  /** Whether another attempt could end differently. Default: `isWorthRetrying`. */
  readonly shouldRetry?: (error: StatusError) => boolean;
  /** Of the estimates of all servables together. Default: no limit. */
  readonly memoryLimitBytes?: number;
}

export interface ResolvedManagerOptions extends Required<ManagerOptions>, LoadRetryOptions {}

const PERMANENT: ReadonlySet<Code> = new Set([Code.InvalidArgument, Code.Unimplemented]);

/**
 * False for what is wrong with the version itself (INVALID_ARGUMENT, UNIMPLEMENTED): its next attempt reads the
 * same bytes. True for the rest, missing and damaged files included, since an upload may still be under way.
 */
export function isWorthRetrying(error: StatusError): boolean {
  return !PERMANENT.has(error.code);
}

/** Throws INVALID_ARGUMENT for a value out of its bounds. */
export function resolveManagerOptions(options: ManagerOptions = {}): ResolvedManagerOptions {
  const resolved: ResolvedManagerOptions = {
    policy: options.policy ?? availabilityPreserving,
    maxConcurrentLoads: options.maxConcurrentLoads ?? 1,
    maxLoadRetries: options.maxLoadRetries ?? 5,
    loadRetryIntervalMs: options.loadRetryIntervalMs ?? 60_000,
    shouldRetry: options.shouldRetry ?? isWorthRetrying,
    memoryLimitBytes: options.memoryLimitBytes ?? Number.POSITIVE_INFINITY,
  };
  requireAtLeast(1, 'maxConcurrentLoads', resolved.maxConcurrentLoads);
  requireAtLeast(0, 'maxLoadRetries', resolved.maxLoadRetries);
  requireAtLeast(0, 'loadRetryIntervalMs', resolved.loadRetryIntervalMs);
  requireAtLeast(0, 'memoryLimitBytes', resolved.memoryLimitBytes);
  return Object.freeze(resolved);
}

function requireAtLeast(bound: number, name: string, value: number): void {
  // the negation also refuses NaN
  if (!(value >= bound)) {
    throw invalidArgument(`${name} is ${value}, expected a number of at least ${bound}`);
  }
}
