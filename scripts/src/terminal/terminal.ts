import picocolors from 'picocolors';
import { refusesColours } from '../config.ts';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** One of the two streams a command writes to. */
export interface TerminalStream {
  readonly isTerminal: boolean;
  /** Plain functions where the stream takes no colours. */
  readonly colours: Colours;
  /** Writes one line, or several. */
  line(text: string): void;
}

/** Results go to `out`, everything said about them to `err`. */
export interface Terminal {
  readonly out: TerminalStream;
  readonly err: TerminalStream;
}

export function processTerminal(): Terminal {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.once('error', () => process.exit(0));
  return { out: streamOf(process.stdout), err: streamOf(process.stderr) };
}

function streamOf(stream: NodeJS.WriteStream): TerminalStream {
  const isTerminal = stream.isTTY === true;
  return {
    isTerminal,
    colours: picocolors.createColors(isTerminal && !refusesColours()),
    line: (text) => void stream.write(`${text}\n`),
  };
}
