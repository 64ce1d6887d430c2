import type { Logger } from '@tensorfleet/core';
import { type DestinationStream, pino } from 'pino';
import { prettyLine } from './pretty-line.ts';

export interface LoggerOptions {
  /** JSON lines, or lines for people; auto: the latter when standard error is a terminal. Default: json. */
  readonly format?: 'auto' | 'json' | 'pretty';
  /** Default: standard error, since standard output is for what a command prints. */
  readonly destination?: DestinationStream;
}

/** One line per call, errors with their stacks. */
export function createLogger(level: string, options: LoggerOptions = {}): Logger {
  const { format = 'json', destination = pino.destination({ dest: 2, sync: true }) } = options;
  const isTerminal = process.stderr.isTTY === true;
  const isPretty = format === 'pretty' || (format === 'auto' && isTerminal);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { error: pino.stdSerializers.err },
    },
    isPretty
      ? { write: (line) => destination.write(prettyLine(line, isTerminal && process.stderr.hasColors())) }
      : destination,
  );
}
