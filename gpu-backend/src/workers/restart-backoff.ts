/** Delay after the first loss; it doubles with each further one. */
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;

/**
 * When to replace workers that a pool lost.
 *
 * Every loss in a row doubles the delay, until a call is answered, so that input that kills workers cannot keep the
 * machine busy with starting them. Replacements that die before they are ready are counted: after more of them in a row
 * than `maxFailedStarts` nobody should wait for the next, which may succeed all the same, once its files are back.
 */
export class RestartBackoff {
  readonly #maxFailedStarts: number;
  #losses = 0;
  #failedStarts = 0;

  constructor(maxFailedStarts: number) {
    this.#maxFailedStarts = maxFailedStarts;
  }

  /** Whether too many replacements in a row died before they were ready. */
  get isHopeless(): boolean {
    return this.#failedStarts > this.#maxFailedStarts;
  }

  onReady(): void {
    this.#failedStarts = 0;
  }

  onAnswer(): void {
    this.#losses = 0;
  }

  /** Milliseconds until the lost worker should be replaced. */
  onLost(wasReady: boolean): number {
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** this.#losses, MAX_DELAY_MS);
    this.#losses += 1;
    this.#failedStarts += wasReady ? 0 : 1;
    return delayMs;
  }
}
