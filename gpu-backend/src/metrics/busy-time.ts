/**
 * The time in which at least one batch ran, however many ran at once.
 *
 * Invariant: the spans are disjoint, ascend, and end at or before the last call's `now`.
 */
export class BusyTime {
  readonly #spans: { start: number; end: number }[] = [];

  /** A batch ended at `now`; calls come in the order of time. */
  ran(durationMs: number, now: number): void {
    let start = now - durationMs;
    for (let last = this.#spans.at(-1); last !== undefined && last.end >= start; last = this.#spans.at(-1)) {
      start = Math.min(start, last.start);
      this.#spans.pop();
    }
    this.#spans.push({ start, end: now });
  }

  /**
   * The busy milliseconds since `since`, which are forgotten. What a batch ran before `since` does not count: its end
   * comes too late for that.
   */
  take(since: number): number {
    const spans = this.#spans.splice(0);
    return spans.reduce((sum, { start, end }) => sum + Math.max(end - Math.max(start, since), 0), 0);
  }
}
