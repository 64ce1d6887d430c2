import type { Logger } from '@tensorfleet/core';

export interface LogLine {
  readonly level: keyof Logger;
  readonly facts: object;
  readonly text: string;
}

/** A logger that only remembers. */
export function silentLog(): Logger & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: keyof Logger) => (facts: object, text: string) => void lines.push({ level, facts, text });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
