import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials } from '@grpc/grpc-js';

export interface OpenLoopOptions {
  /** `host:port`. */
  readonly target: string;
  readonly path: string;
  /** Sent again and again. */
  readonly message: Uint8Array;
  readonly requestsPerSecond: number;
}

/**
 * Requests at a fixed rate, whatever becomes of those before; runs until it is disposed. A latency counts from the time
 * at which its request was due, so that a stall of either side is seen by every request that it holds up.
 */
export class OpenLoop implements AsyncDisposable {
  readonly #options: OpenLoopOptions;
  readonly #client: Client;
  readonly #running: Promise<void>;
  #latenciesMs: number[] = [];
  #failure: Error | undefined;
  #isStopped = false;

  constructor(options: OpenLoopOptions) {
    this.#options = options;
    this.#client = new Client(options.target, credentials.createInsecure());
    this.#running = this.#run();
  }

  /** Of the requests answered during the next `durationMs`, ascending. Rejects when any request so far has failed. */
  async latenciesFor(durationMs: number): Promise<Float64Array> {
    this.#latenciesMs = [];
    await sleep(durationMs);
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    return Float64Array.from(this.#latenciesMs).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    this.#client.close();
  }

  async #run(): Promise<void> {
    const { requestsPerSecond } = this.#options;
    const pending = new Set<Promise<void>>();
    const startedAt = performance.now();
    for (let sent = 0; !this.#isStopped; await sleep(1)) {
      for (; sent < ((performance.now() - startedAt) * requestsPerSecond) / 1000; sent++) {
        const answer = this.#request(startedAt + (sent * 1000) / requestsPerSecond).finally(() =>
          pending.delete(answer),
        );
        pending.add(answer);
      }
    }
    await Promise.all(pending);
  }

  /** Resolves in any case. */
  #request(dueAt: number): Promise<void> {
    const { path, message } = this.#options;
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(
        path,
        asBuffer,
        (bytes) => bytes,
        asBuffer(message),
        (error) => {
          this.#failure ??= error ?? undefined;
          this.#latenciesMs.push(performance.now() - dueAt);
          resolve();
        },
      );
    });
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
