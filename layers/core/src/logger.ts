/** Where a part reports what no caller waits for: one object of facts, one sentence. Must not throw. */
export interface Logger {
  debug(facts: object, text: string): void;
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}
