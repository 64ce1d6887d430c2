import { SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.ts';

/** A bar on standard error while long work runs; nothing where that is no terminal. Dispose it before other output. */
export interface Progress extends Disposable {
  update(done: number, total: number): void;
}

const REDRAWS_PER_SECOND = 10;

/** Drawn on standard error, and gone when the work is done. */
const REDRAWN_IN_PLACE = {
  fps: REDRAWS_PER_SECOND,
  hideCursor: true,
  clearOnComplete: true,
  stopOnComplete: false,
  gracefulExit: false,
  stream: process.stderr,
} as const;

/** `unit` is what is counted, for example `requests`. */
export function createProgress(terminal: Terminal, title: string, unit: string): Progress {
  if (!terminal.err.isTerminal) {
    return { update: () => undefined, [Symbol.dispose]: () => undefined };
  }
  const bar = new SingleBar({
    format: `${title} ${terminal.err.colours.cyan('{bar}')} {percentage} % · {value} of {total} ${unit}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    ...REDRAWN_IN_PLACE,
  });
  bar.start(1, 0);
  return {
    update(done, total) {
      bar.setTotal(total);
      bar.update(done);
    },
    [Symbol.dispose]: () => bar.stop(),
  };
}

/** The seconds that work takes whose end is not known, on standard error while it runs. Dispose it before other output. */
export function createStopwatch(terminal: Terminal, title: string): Disposable {
  if (!terminal.err.isTerminal) {
    return { [Symbol.dispose]: () => undefined };
  }
  const bar = new SingleBar({
    format: `${title} ${terminal.err.colours.cyan('{duration} s')}`,
    ...REDRAWN_IN_PLACE,
  });
  bar.start(1, 0);
  return { [Symbol.dispose]: () => bar.stop() };
}
