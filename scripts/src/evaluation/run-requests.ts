import { type Clock, type Code, StatusError, type Version } from '@tensorfleet/core';

/** How one request ended. */
export type Outcome =
  | {
      readonly kind: 'answered';
      readonly isMisread: boolean;
      readonly version: Version | undefined;
      readonly durationMs: number;
    }
  | { readonly kind: 'failed'; readonly code: Code; readonly message: string; readonly durationMs: number };

export interface RequestAnswer {
  readonly isMisread: boolean;
  readonly version: Version | undefined;
}

export interface RunOptions {
  readonly requests: number;
  /** Requests in flight at any time. */
  readonly concurrency: number;
  readonly clock: Clock;
  /** When it aborts, requests in flight are left out of the outcomes and no more are sent. */
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

export interface Run {
  readonly outcomes: readonly Outcome[];
  readonly durationMs: number;
}

/** Sends requests 0 to n - 1, each as soon as one before it ended. Never rejects for what `send` rejects with. */
export async function runRequests(send: (index: number) => Promise<RequestAnswer>, options: RunOptions): Promise<Run> {
  const { requests, concurrency, clock, signal, onProgress } = options;
  const outcomes: Outcome[] = [];
  let next = 0;
  const sendAll = async (): Promise<void> => {
    while (next < requests && !signal.aborted) {
      const outcome = await timed(send, next++, clock);
      if (!signal.aborted) {
        outcomes.push(outcome);
        onProgress(outcomes.length, requests);
      }
    }
  };
  const start = clock.now();
  await Promise.all(Array.from({ length: Math.min(concurrency, requests) }, sendAll));
  return { outcomes, durationMs: clock.now() - start };
}

async function timed(send: (index: number) => Promise<RequestAnswer>, index: number, clock: Clock): Promise<Outcome> {
  const start = clock.now();
  try {
    const answer = await send(index);
    return { kind: 'answered', ...answer, durationMs: clock.now() - start };
  } catch (reason) {
    const { code, message } = StatusError.from(reason);
    return { kind: 'failed', code, message, durationMs: clock.now() - start };
  }
}
