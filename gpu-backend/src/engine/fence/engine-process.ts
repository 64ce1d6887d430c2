import { type ChildProcess, fork } from 'node:child_process';
import {
  type AnyTensor,
  type NamedTensors,
  NO_RETRY,
  type Signature,
  StatusError,
  unavailable,
} from '@tensorfleet/core';
import type { Device, ModelArtifact } from '../engine.ts';
import type { EngineModule, FromChild, ToChild } from './child-messages.ts';

const ENTRY = new URL('./engine-child.ts', import.meta.url);

/** What a process is started for. */
export interface EngineProcessOptions {
  readonly engine: EngineModule;
  readonly artifact: ModelArtifact;
  readonly device: Device;
  /** The child's environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * A child process with one loaded model.
 *
 * It keeps this process alive exactly while it loads or a run is under way. Once it is lost, every call fails.
 */
export class EngineProcess {
  /** Resolves when the model is loaded. Rejects with the engine's StatusError, or UNAVAILABLE when the process died. */
  readonly loaded: Promise<ReadonlyMap<string, Signature>>;
  readonly #child: ChildProcess;
  readonly #loading = Promise.withResolvers<ReadonlyMap<string, Signature>>();
  readonly #runs = new Map<number, PromiseWithResolvers<NamedTensors>>();
  readonly #ended = Promise.withResolvers<void>();
  #isLoading = true;
  #lastId = 0;
  #loss: StatusError | undefined;

  constructor({ engine, artifact, device, environment }: EngineProcessOptions) {
    this.loaded = this.#loading.promise;
    this.loaded.catch(() => undefined); // whoever waits for it is told
    this.#child = fork(ENTRY, {
      serialization: 'advanced',
      env: { ...environment },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message) => this.#receive(message as FromChild)); // the entry sends nothing else
    this.#child.on('error', (reason) => this.#lose(lost('could not be started or reached', reason)));
    this.#child.on('exit', (code, signal) => {
      this.#lose(lost(signal === null ? `exited with code ${code}` : `was ended by ${signal}`));
      this.#ended.resolve();
    });
    this.#send({ kind: 'load', engine, artifact, device });
  }

  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Rejects with the engine's StatusError, or with UNAVAILABLE when the process died, which a retry might repeat. */
  run(signature: string, inputs: NamedTensors): Promise<NamedTensors> {
    if (this.#loss !== undefined) {
      return Promise.reject(this.#loss);
    }
    this.#lastId += 1;
    const run = Promise.withResolvers<NamedTensors>();
    this.#runs.set(this.#lastId, run);
    this.#send({ kind: 'run', id: this.#lastId, signature, inputs });
    return run.promise;
  }

  /** Ends the process at once; runs fail. Resolves when its memory is free. */
  async kill(): Promise<void> {
    this.#lose(lost('was stopped'));
    await this.#ended.promise;
  }

  #receive(message: FromChild): void {
    switch (message.kind) {
      case 'loaded':
        this.#isLoading = false;
        this.#loading.resolve(message.signatures);
        break;
      case 'failed':
        this.#lose(StatusError.fromData(message.error));
        return;
      case 'outputs':
        this.#take(message.id)?.resolve(ownTensors(message.outputs));
        break;
      case 'error':
        this.#take(message.id)?.reject(StatusError.fromData(message.error));
        break;
    }
    this.#holdWhileBusy();
  }

  #take(id: number): PromiseWithResolvers<NamedTensors> | undefined {
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    return run;
  }

  #send(message: ToChild): void {
    this.#holdWhileBusy();
    this.#child.send(message, (error) => {
      if (error !== null) {
        this.#lose(lost('could not be reached', error));
      }
    });
  }

  #lose(loss: StatusError): void {
    if (this.#loss !== undefined) {
      return;
    }
    this.#loss = loss;
    this.#loading.reject(loss);
    for (const run of this.#runs.values()) {
      run.reject(loss);
    }
    this.#runs.clear();
    this.#child.ref(); // until it has ended
    if (!this.#child.kill('SIGKILL')) {
      this.#ended.resolve(); // it had ended, or never begun
    }
  }

  #holdWhileBusy(): void {
    const hold = this.#isLoading || this.#runs.size > 0 ? 'ref' : 'unref';
    this.#child[hold]();
    this.#child.channel?.[hold]();
  }
}

function lost(what: string, cause?: unknown): StatusError {
  return unavailable(`the engine's process ${what}`, NO_RETRY, cause);
}

/** Messages arrive as views of one buffer, which may be Node's own; these can be moved to another thread. */
function ownTensors(tensors: NamedTensors): NamedTensors {
  return new Map(
    Array.from(tensors, ([name, { dtype, shape, data }]) => {
      const own = dtype === 'STRING' ? data.map((text) => text.slice()) : data.slice();
      return [name, { dtype, shape, data: own } as AnyTensor]; // a copy has the class of the original
    }),
  );
}
