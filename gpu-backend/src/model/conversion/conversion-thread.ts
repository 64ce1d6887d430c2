import { type Clock, Code, StatusError, unavailable } from '@tensorfleet/core';
import type { ConversionSummary } from '../../engine/conversion/convert-model-graph.ts';
import type { ConvertOptions } from '../../engine/conversion/convert-source.ts';
import { createWorkerPool, type WorkerPool } from '../../workers/worker-pool.ts';

export interface ConversionThreadOptions {
  readonly clock: Clock;
  /** Entry of the thread. */
  readonly entry?: URL;
}

const CONVERSION_WORKER = new URL('./conversion-worker.ts', import.meta.url);

/** Longer than any model takes on a slow disk: what takes longer hangs. */
const TIMEOUT_MS = 30 * 60_000;
/** Starting the thread takes a fifth of a second, so it waits that long for the next model. */
export const IDLE_MS = 10_000;
/** After larger weights the thread ends at once, which gives its memory back before the session takes its own. */
export const KEPT_WEIGHT_BYTES = 64 * 2 ** 20;

/**
 * Converts models one after the other, so that their weights are in memory once, on a thread that is there only
 * while it is needed.
 *
 * Invariants: at most one call is in the pool; the idle timer is armed only while a pool is open and has no call.
 */
export class ConversionThread implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #entry: URL;
  #pool: WorkerPool<ConvertOptions, ConversionSummary> | undefined;
  #idle: Disposable | undefined;
  /** Resolves when the last conversion that was asked for is over. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ clock, entry = CONVERSION_WORKER }: ConversionThreadOptions) {
    this.#clock = clock;
    this.#entry = entry;
  }

  /**
   * Rejects with the conversion's own error; with the signal's reason when the load is over, and then the conversion
   * has ended, too.
   */
  convert(options: ConvertOptions, signal: AbortSignal): Promise<ConversionSummary> {
    const result = this.#last.then(() => this.#convert(options, signal));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end(unavailable('the server is shutting down'));
  }

  async #convert(options: ConvertOptions, signal: AbortSignal): Promise<ConversionSummary> {
    signal.throwIfAborted();
    this.#disarm();
    this.#pool ??= createWorkerPool({ entry: this.#entry, callTimeoutMs: TIMEOUT_MS, clock: this.#clock });
    try {
      const summary = await this.#pool.call(options, [], signal);
      await this.#rest(summary.weightBytes > KEPT_WEIGHT_BYTES);
      return summary;
    } catch (reason) {
      const error = StatusError.from(reason);
      // Unavailable: there is no thread. Aborted: it is busy with what nobody wants any more.
      await this.#rest(signal.aborted || error.code === Code.Unavailable);
      throw error;
    }
  }

  async #rest(isOver: boolean): Promise<void> {
    const reason = unavailable('no model is converted now');
    if (isOver) {
      await this.#end(reason);
    } else {
      this.#idle = this.#clock.schedule(IDLE_MS, () => void this.#end(reason)); // never rejects
    }
  }

  async #end(reason: StatusError): Promise<void> {
    this.#disarm();
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.destroy(reason);
  }

  #disarm(): void {
    this.#idle?.[Symbol.dispose]();
    this.#idle = undefined;
  }
}
