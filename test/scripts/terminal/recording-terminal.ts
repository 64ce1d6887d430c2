import picocolors from 'picocolors';
import type { Terminal, TerminalStream } from '../../../scripts/src/terminal/terminal.ts';

export interface RecordingStream extends TerminalStream {
  /** All that was written. */
  readonly text: string;
}

/** A terminal without colours that remembers what was written. */
export function recordingTerminal(): Terminal & { readonly out: RecordingStream; readonly err: RecordingStream } {
  const stream = (): RecordingStream => {
    const lines: string[] = [];
    return {
      isTerminal: false,
      colours: picocolors.createColors(false),
      line: (text) => void lines.push(`${text}\n`),
      get text() {
        return lines.join('');
      },
    };
  };
  return { out: stream(), err: stream() };
}
