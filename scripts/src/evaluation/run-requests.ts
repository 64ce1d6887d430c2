import { type Clock, type Code, StatusError } from '@tensorfleet/core';

/** How the request of this number ended; `answer` is what its sender made of it. */
export type Outcome<Answer> = Answered<Answer> | Failed;

export interface Answered<Answer> {
  readonly kind: 'answered';
  readonly index: number;
  readonly answer: Answer;
  readonly durationMs: number;
}

export interface Failed {
  readonly kind: 'failed';
  readonly index: number;
  readonly code: Code;
  readonly message: string;
  readonly durationMs: number;
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

export interface Run<Answer> {
  /** In the order in which they ended. */
  readonly outcomes: readonly Outcome<Answer>[];
  readonly durationMs: number;
}

/** Sends requests 0 to n - 1, each as soon as one before it ended. Never rejects for what `send` rejects with. */
export async function runRequests<Answer>(
  send: (index: number) => Promise<Answer>,
  options: RunOptions,
): Promise<Run<Answer>> {
  const { requests, concurrency, clock, signal, onProgress } = options;
  const outcomes: Outcome<Answer>[] = [];
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

async function timed<Answer>(
  send: (index: number) => Promise<Answer>,
  index: number,
  clock: Clock,
): Promise<Outcome<Answer>> {
  const start = clock.now();
  try {
    const answer = await send(index);
    return { kind: 'answered', index, answer, durationMs: clock.now() - start };
  } catch (reason) {
    const { code, message } = StatusError.from(reason);
    return { kind: 'failed', index, code, message, durationMs: clock.now() - start };
  }
}
