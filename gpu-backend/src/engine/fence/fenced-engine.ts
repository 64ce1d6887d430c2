import {
  type Clock,
  failedPrecondition,
  type NamedTensors,
  type Signature,
  StatusError,
  systemClock,
  unavailable,
} from '@tensorfleet/core';
import type { Device, Engine, ModelArtifact, Session } from '../engine.ts';
import type { EngineModule } from './child-messages.ts';
import { EngineProcess } from './engine-process.ts';

export interface FenceOptions {
  /** The environment of a child that runs on this device. */
  readonly environmentOf: (device: Device) => Readonly<Record<string, string | undefined>>;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** The second loss in a row costs this; it doubles with each further one. */
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;

/**
 * An engine whose native code may crash: every session has a process of its own, so that a crash fails the runs of this
 * session that are under way, with UNAVAILABLE, and nothing else. The next run starts the process again and loads the
 * model anew; after several crashes without an answer between them, not before a growing delay is over.
 *
 * Runs leave the calling thread free, and a session takes several at once where its engine does: it needs no worker
 * thread. In one that is terminated before the session is disposed the child ends too, but stays in the process table
 * until the server ends. Inputs and outputs are copied through a pipe: about 0.1 ms for a few kilobytes, 4 to 10 ms for
 * each megabyte there and back (Node 24.21, two cores under load; 0.3 ms without the pipe).
 */
export function fencedEngine(name: string, engine: EngineModule, options: FenceOptions): Engine {
  const { environmentOf, clock = systemClock } = options;
  return {
    name,
    async load(artifact: ModelArtifact, device: Device): Promise<Session> {
      const start = (): EngineProcess =>
        new EngineProcess({ engine, artifact, device, environment: environmentOf(device) });
      const process = start();
      return new FencedSession(start, process, await process.loaded, clock);
    },
  };
}

/**
 * Invariant: `#losses` processes died in a row since the last answer, as far as was noticed; the last one, `#counted`,
 * was found dead at `#lostAt`.
 */
export class FencedSession implements Session {
  readonly signatures: ReadonlyMap<string, Signature>;
  readonly #start: () => EngineProcess;
  readonly #clock: Clock;
  readonly #running = new Set<Promise<unknown>>();
  #process: EngineProcess;
  /** The last process whose loss was noticed. */
  #counted: EngineProcess | undefined;
  #losses = 0;
  #lostAt = 0;
  #disposal: Promise<void> | undefined;

  constructor(
    start: () => EngineProcess,
    process: EngineProcess,
    signatures: ReadonlyMap<string, Signature>,
    clock: Clock,
  ) {
    this.#start = start;
    this.#process = process;
    this.signatures = signatures;
    this.#clock = clock;
  }

  /** Of the process that runs the model now. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  async run(signature: string, inputs: NamedTensors): Promise<NamedTensors> {
    if (this.#disposal !== undefined) {
      throw failedPrecondition('the model is unloaded');
    }
    const running = this.#run(signature, inputs);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= Promise.allSettled(this.#running).then(() => this.#process.kill());
    return this.#disposal;
  }

  async #run(signature: string, inputs: NamedTensors): Promise<NamedTensors> {
    const process = this.#livingProcess();
    try {
      await process.loaded;
    } catch (reason) {
      const { message, details } = StatusError.from(reason);
      throw unavailable(`the model could not be loaded again: ${message}`, details, reason);
    }
    try {
      return await process.run(signature, inputs);
    } finally {
      if (!process.isLost) {
        this.#losses = 0;
      }
    }
  }

  #livingProcess(): EngineProcess {
    if (this.#process.isLost && this.#process !== this.#counted) {
      this.#counted = this.#process;
      this.#losses += 1;
      this.#lostAt = this.#clock.now();
    }
    if (this.#process.isLost) {
      const waitMs = Math.ceil(this.#lostAt + restartDelayMs(this.#losses) - this.#clock.now());
      if (waitMs > 0) {
        const text = `the engine's process died ${this.#losses} times in a row, it is not started again for ${waitMs} ms`;
        throw unavailable(text);
      }
      this.#process = this.#start();
    }
    return this.#process;
  }
}

function restartDelayMs(losses: number): number {
  return losses < 2 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (losses - 2), MAX_DELAY_MS);
}
