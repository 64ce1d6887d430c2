import { ANY_BATCH, type BatchCosts } from './batch-costs.ts';
import { type BatchPolicy, executedRows } from './batch-policy.ts';

/** What batches of inputs like one cost; of any batch where the input is not known. Rows are those before padding. */
export class TaskCosts<In> {
  readonly #costs: BatchCosts;
  readonly #policy: BatchPolicy;
  readonly #keysOf: (input: In) => readonly string[];

  constructor(costs: BatchCosts, policy: BatchPolicy, keysOf: (input: In) => readonly string[]) {
    this.#costs = costs;
    this.#policy = policy;
    this.#keysOf = keysOf;
  }

  observe(input: In | undefined, rows: number, durationMs: number): void {
    this.#costs.observe(this.#keys(input), executedRows(this.#policy, rows), durationMs);
  }

  /** Milliseconds; undefined while nobody knows. */
  expectedMs(input: In | undefined, rows: number): number | undefined {
    return this.#costs.predictMs(this.#keys(input), executedRows(this.#policy, rows));
  }

  /** Rows beyond which a larger batch saves next to nothing; at most what a batch may have. */
  worthwhileRows(input: In | undefined): number {
    const rows = Math.min(this.#costs.worthwhileRows(this.#keys(input)), this.#policy.maxBatchSize);
    return executedRows(this.#policy, rows);
  }

  #keys(input: In | undefined): readonly string[] {
    return input === undefined ? [ANY_BATCH] : [...this.#keysOf(input), ANY_BATCH];
  }
}
