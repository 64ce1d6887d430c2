import type { Logger } from '@tensorfleet/core';
import { pino } from 'pino';

/** JSON lines on standard error: standard output stays free for what a command prints. */
export function createLogger(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}
