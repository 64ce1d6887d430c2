import { CODE_NAMES, type Logger, StatusError } from '@tensorfleet/core';

const LEVELS = { debug: 20, info: 30, warn: 40, error: 50, silent: 60 } as const;

export type LogLevel = keyof typeof LEVELS;

/** JSON lines, one per call: Lambda and the container runtimes collect what a process writes to standard error. */
export function createLogger(
  level: LogLevel,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Logger {
  const at =
    (lineLevel: Exclude<LogLevel, 'silent'>) =>
    (facts: object, text: string): void => {
      if (LEVELS[lineLevel] >= LEVELS[level]) {
        const line = { level: lineLevel, time: new Date().toISOString(), ...facts, msg: text };
        write(`${JSON.stringify(line, replaceError)}\n`);
      }
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Errors have no enumerable properties. */
function replaceError(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) {
    return typeof value === 'bigint' ? String(value) : value;
  }
  const { message, stack, cause } = value;
  return {
    ...(StatusError.is(value) && { code: CODE_NAMES[value.code] }),
    message,
    stack,
    ...(cause !== undefined && { cause }),
  };
}
