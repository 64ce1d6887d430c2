import { setTimeout as delay } from 'node:timers/promises';
import type { LambdaSandbox } from './lambda-runtime.ts';

export interface LoadReport {
  /** Answers other than 200, as they came. */
  readonly failures: readonly string[];
  /** From the time of arrival on, so waiting for a sandbox counts; milliseconds, in order. */
  readonly latencies: readonly number[];
}

/** Requests that arrive at a fixed rate, whatever becomes of those before; sandboxes take turns. */
export class OpenLoad implements AsyncDisposable {
  readonly #sandboxes: readonly LambdaSandbox[];
  readonly #event: unknown;
  readonly #latencies: number[] = [];
  readonly #failures: string[] = [];
  readonly #running: Promise<void>;
  readonly #open = new Set<Promise<void>>();
  #stopped = false;
  #watch = (): void => undefined;

  constructor(sandboxes: readonly LambdaSandbox[], event: unknown, requestsPerSecond: number) {
    this.#sandboxes = sandboxes;
    this.#event = event;
    this.#running = this.#run(1_000 / requestsPerSecond);
  }

  /** Resolves when so many more requests have been answered. */
  async answers(count: number): Promise<void> {
    const wanted = this.#answered + count;
    await new Promise<void>((done) => {
      this.#watch = () => {
        if (this.#answered >= wanted) {
          done();
        }
      };
    });
  }

  async stop(): Promise<LoadReport> {
    this.#stopped = true;
    await this.#running;
    await Promise.all(this.#open);
    return { failures: this.#failures, latencies: this.#latencies.toSorted((a, b) => a - b) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #answered(): number {
    return this.#latencies.length + this.#failures.length;
  }

  async #run(intervalMs: number): Promise<void> {
    const start = performance.now();
    for (let index = 0; !this.#stopped; index++) {
      const dueAt = start + index * intervalMs;
      await delay(Math.max(0, dueAt - performance.now()));
      const sandbox = this.#sandboxes[index % this.#sandboxes.length];
      if (sandbox !== undefined) {
        const request = this.#ask(sandbox, dueAt).finally(() => this.#open.delete(request));
        this.#open.add(request);
      }
    }
  }

  async #ask(sandbox: LambdaSandbox, dueAt: number): Promise<void> {
    try {
      const { statusCode, body } = (await sandbox.invoke(this.#event)) as { statusCode: number; body: string }; // HTTP API v2
      if (statusCode === 200) {
        this.#latencies.push(performance.now() - dueAt);
      } else {
        this.#failures.push(`${statusCode} ${body}`);
      }
    } catch (reason) {
      this.#failures.push(JSON.stringify(reason));
    }
    this.#watch();
  }
}
