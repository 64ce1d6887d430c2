import type { ExitCode } from '../terminal/fail.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** What every command is given. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Says what the process is to end with; 0 when it is not called. */
  readonly finish: (code: ExitCode) => void;
}
