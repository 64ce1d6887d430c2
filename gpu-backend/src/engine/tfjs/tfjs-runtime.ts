import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';
import { failedPrecondition, internal, resourceExhausted } from '@tensorfleet/core';
import { guardBackends } from './guard-backends.ts';

/** What computes: WebAssembly, or plain JavaScript for the operators that it lacks. */
export type TfjsBackend = 'wasm' | 'cpu';

/** TensorFlow.js with both backends ready. It has one state for the whole thread: use it inside `exclusive` only. */
export interface TfjsRuntime {
  readonly core: typeof import('@tensorflow/tfjs-core');
  readonly layers: typeof import('@tensorflow/tfjs-layers');
  readonly converter: typeof import('@tensorflow/tfjs-converter');
  /** No tensor made from now on may have more bytes. */
  limitBytes(maxBytes: number): void;
  /**
   * Runs `work` when all earlier work is done, with `backend` as the one that computes. A trap of WebAssembly ends the
   * worker thread that it happened in; on the main thread, everything later rejects with INTERNAL.
   */
  exclusive<T>(backend: TfjsBackend, work: () => T | Promise<T>): Promise<T>;
}

const PACKAGES = ['core', 'layers', 'converter', 'backend-wasm', 'backend-cpu'].map(
  (name) => `@tensorflow/tfjs-${name}`,
);

/** WebAssembly's addresses end at 4 GiB. */
const MAX_TENSOR_BYTES = 2 ** 31;

let runtime: Promise<TfjsRuntime> | undefined;

/**
 * Loads TensorFlow.js into this thread, once; nothing of it is imported before. It takes 0.3 s and 30 MB.
 * Rejects with FAILED_PRECONDITION when its packages are not installed.
 */
export function tfjsRuntime(): Promise<TfjsRuntime> {
  runtime ??= loadRuntime();
  return runtime;
}

async function loadRuntime(): Promise<TfjsRuntime> {
  const [core, layers, converter, wasm] = await importPackages();
  core.enableProdMode(); // or it prints advice
  wasm.setWasmPaths(join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')), '/'));
  const complaints: string[] = [];
  await listeningTo(complaints, () => withoutNewListeners(() => core.setBackend('wasm')));
  const limitBytes = limitTensors(core.backend());
  await guardBackends(core, () => complaints.splice(0)[0]);
  let last: Promise<unknown> = Promise.resolve();
  let stopped: unknown;
  return {
    core,
    layers,
    converter,
    limitBytes,
    exclusive(backend, work) {
      const next = last.then(async () => {
        if (stopped !== undefined) {
          throw internal('TensorFlow.js has stopped in this thread', {}, stopped);
        }
        await core.setBackend(backend);
        try {
          return await work();
        } catch (error) {
          if (error instanceof Error && error.name === 'RuntimeError') {
            stopped = error;
            endThread(error);
          }
          throw error;
        }
      });
      last = next.catch(() => undefined);
      return next;
    },
  };
}

/**
 * Runs `load` and keeps the tensors and variables that it makes; all of them are disposed when it throws.
 * A tensor of more than `maxBytes` makes it throw RESOURCE_EXHAUSTED.
 */
export async function keepingTensors<T>(
  { core, limitBytes }: TfjsRuntime,
  maxBytes: number,
  load: () => Promise<T>,
): Promise<T> {
  const engine = core.engine();
  const variables = new Set(Object.values(engine.registeredVariables));
  engine.startScope();
  limitBytes(maxBytes);
  try {
    const result = await load();
    engine.state.activeScope.track.map(core.keep);
    return result;
  } catch (error) {
    for (const variable of Object.values(engine.registeredVariables)) {
      if (!variables.has(variable)) {
        variable.dispose();
      }
    }
    throw error;
  } finally {
    limitBytes(MAX_TENSOR_BYTES);
    engine.endScope();
  }
}

/** A trap of WebAssembly leaves its memory in any state. A worker is replaced by one with a fresh memory. */
function endThread(error: Error): void {
  if (!isMainThread) {
    setImmediate(() => {
      throw error;
    });
  }
}

async function importPackages() {
  try {
    return await Promise.all([
      import('@tensorflow/tfjs-core'),
      import('@tensorflow/tfjs-layers'),
      import('@tensorflow/tfjs-converter'),
      import('@tensorflow/tfjs-backend-wasm'),
      import('@tensorflow/tfjs-backend-cpu'),
    ]);
  } catch (error) {
    runtime = undefined;
    throw failedPrecondition(`TensorFlow.js models need the packages ${PACKAGES.join(', ')} installed`, {}, error);
  }
}

/** The WebAssembly module prints the failures of its kernels, for as long as it lives, to what the console is now. */
async function listeningTo(complaints: string[], work: () => Promise<unknown>): Promise<void> {
  const { console } = globalThis;
  const { warn } = console;
  console.warn = (...parts: unknown[]) => void complaints.push(parts.join(' '));
  try {
    await work();
  } finally {
    console.warn = warn;
  }
}

/** The WebAssembly module's loader answers every uncaught error of the process by throwing it again: not here. */
async function withoutNewListeners(work: () => Promise<unknown>): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = events.map((event) => new Set(process.rawListeners(event)));
  await work();
  for (const [index, event] of events.entries()) {
    for (const listener of process.rawListeners(event)) {
      if (!before[index]?.has(listener)) {
        process.removeListener(event, listener as () => void); // rawListeners knows no signatures
      }
    }
  }
}

/**
 * The backend takes address 0, which a full memory answers, for a tensor's place, and the address of a shorter tensor
 * for one of 4 GiB: writing there would go unnoticed. Answers what sets the bytes that one tensor may have.
 */
function limitTensors(backend: unknown): (maxBytes: number) => void {
  const { wasm } = backend as { readonly wasm: { _malloc: (bytes: number) => number } }; // a public field that the types leave out
  const malloc = wasm._malloc;
  let limit = MAX_TENSOR_BYTES;
  wasm._malloc = (bytes) => {
    if (bytes > limit) {
      throw resourceExhausted(`a tensor would take ${bytes} bytes, at most ${limit} are allowed here`);
    }
    const address = malloc(bytes);
    if (address === 0 && bytes > 0) {
      throw resourceExhausted(`WebAssembly has no ${bytes} bytes left for a tensor, all of them share 4 GiB`);
    }
    return address;
  };
  return (maxBytes) => {
    limit = Math.min(maxBytes, MAX_TENSOR_BYTES);
  };
}
