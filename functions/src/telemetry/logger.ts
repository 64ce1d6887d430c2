import { CODE_NAMES, type Logger, StatusError } from '@tensorfleet/core';

const LEVELS = { debug: 20, info: 30, warn: 40, error: 50, silent: 60 } as const;

export type LogLevel = keyof typeof LEVELS;

/**
 * JSON lines, one per call, with the field names of Powertools for AWS Lambda: Lambda and the container runtimes collect
 * what a process writes to standard error. `fields` stand in every line.
 */
export function createLogger(
  level: LogLevel,
  write: (line: string) => void = (line) => void process.stderr.write(line),
  fields: object = {},
): Logger {
  const at =
    (lineLevel: Exclude<LogLevel, 'silent'>) =>
    (facts: object, message: string): void => {
      if (LEVELS[lineLevel] >= LEVELS[level]) {
        const timestamp = new Date().toISOString();
        const line = { level: lineLevel.toUpperCase(), message, timestamp, ...fields, ...facts };
        write(`${JSON.stringify(line, replaceError)}\n`);
      }
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** The same log with facts that stand in every line. */
export function withFacts(log: Logger, common: object): Logger {
  return {
    debug: (facts, text) => log.debug({ ...common, ...facts }, text),
    info: (facts, text) => log.info({ ...common, ...facts }, text),
    warn: (facts, text) => log.warn({ ...common, ...facts }, text),
    error: (facts, text) => log.error({ ...common, ...facts }, text),
  };
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
