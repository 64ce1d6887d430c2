import { cancelled } from '@tensorfleet/core';
import { ExitCode } from './terminal/fail.ts';
import type { Terminal } from './terminal/terminal.ts';

/** Aborts with CANCELLED at the first Ctrl-C, so that a command can print what it has. */
export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
}

/** Listens until disposed; a second Ctrl-C ends the process. */
export function onInterrupt(signals: readonly NodeJS.Signals[] = ['SIGINT']): Interrupt {
  const controller = new AbortController();
  const listener = (): void => {
    if (controller.signal.aborted) {
      process.exit(ExitCode.Interrupted);
    }
    controller.abort(cancelled('interrupted'));
  };
  for (const signal of signals) {
    process.on(signal, listener);
  }
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const signal of signals) {
        process.removeListener(signal, listener);
      }
    },
  };
}

/** Resolves when the signal has aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    } else {
      signal.addEventListener('abort', () => resolve(), { once: true });
    }
  });
}

/** Runs a command that Ctrl-C ends: its error is no failure then. Rejects with the errors of `run`. */
export async function interruptible(
  { err }: Terminal,
  finish: (code: ExitCode) => void,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  using interrupt = onInterrupt();
  try {
    await run(interrupt.signal);
  } catch (reason) {
    if (!interrupt.signal.aborted) {
      throw reason;
    }
    err.line('interrupted; nothing is left behind');
    finish(ExitCode.Interrupted);
  }
}
