import {
  type AnyTensor,
  internal,
  invalidArgument,
  type NamedTensors,
  type Signature,
  StatusError,
  unimplemented,
  zeros,
} from '@tensorfleet/core';
import type { BackendValues, DataValues, Tensor } from '@tensorflow/tfjs-core';
import type { Session } from '../engine.ts';
import type { TfjsModel } from './tfjs-model.ts';
import type { TfjsBackend, TfjsRuntime } from './tfjs-runtime.ts';
import { type TfjsValues, tensorFromTfjs, tfjsDType, valuesToTfjs } from './tfjs-tensor.ts';

const MISSING_KERNEL = /^Kernel '(\w+)' not registered for backend/;

/** What TensorFlow.js says of ops that it lists but cannot compute. */
const NOT_COMPUTED = /not registered for backend|is not implemented|Unknown op|not yet implemented/;

/**
 * A model in TensorFlow.js. It computes in WebAssembly; when that lacks an operator of the model, the whole model
 * computes in plain JavaScript instead, and `fallback` says why.
 */
export class TfjsSession implements Session {
  readonly signatures: ReadonlyMap<string, Signature>;
  readonly #runtime: TfjsRuntime;
  readonly #model: TfjsModel;
  #backend: TfjsBackend = 'wasm';
  #fallback: string | undefined;
  #tablesFilled: boolean;

  private constructor(runtime: TfjsRuntime, model: TfjsModel) {
    this.#runtime = runtime;
    this.#model = model;
    this.#tablesFilled = !model.fillsTables;
    this.signatures = new Map([[model.signature.name, model.signature]]);
  }

  /** Takes `model` over, and has run it once on zeros where that is sure to end. */
  static async create(runtime: TfjsRuntime, model: TfjsModel): Promise<TfjsSession> {
    const session = new TfjsSession(runtime, model);
    try {
      await session.#choose();
      return session;
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw error;
    }
  }

  get backend(): TfjsBackend {
    return this.#backend;
  }

  /** Why the model does not compute in WebAssembly; undefined when it does. */
  get fallback(): string | undefined {
    return this.#fallback;
  }

  async run(_signature: string, inputs: NamedTensors): Promise<NamedTensors> {
    try {
      return await this.#runSomewhere(inputs);
    } catch (error) {
      throw runFailure(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runtime.exclusive(this.#backend, () => this.#model.dispose());
  }

  /** Zeros may be no fit input: only what no input could mend decides here. */
  async #choose(): Promise<void> {
    if (this.#model.mayLoop) {
      return;
    }
    const inputs = zeroInputs(this.#model.signature);
    try {
      await this.#runOn('wasm', inputs);
    } catch (error) {
      const reason = firstLine(error);
      try {
        await this.#runOn('cpu', inputs);
        this.#fallBack(reason);
      } catch (second) {
        if (NOT_COMPUTED.test(firstLine(second))) {
          throw unimplemented(`TensorFlow.js cannot compute the model: ${firstLine(second)}`, {}, second);
        }
        if (MISSING_KERNEL.test(reason)) {
          this.#fallBack(reason);
        }
      }
    }
  }

  async #runSomewhere(inputs: NamedTensors): Promise<NamedTensors> {
    try {
      return await this.#runOn(this.#backend, inputs);
    } catch (error) {
      // A branch that zeros did not take.
      if (this.#backend === 'cpu' || !MISSING_KERNEL.test(firstLine(error))) {
        throw error;
      }
      this.#fallBack(firstLine(error));
      return await this.#runOn('cpu', inputs);
    }
  }

  #fallBack(reason: string): void {
    this.#backend = 'cpu';
    this.#fallback = `TensorFlow.js' WebAssembly backend cannot compute the model, plain JavaScript does: ${reason}`;
  }

  #runOn(backend: TfjsBackend, inputs: NamedTensors): Promise<NamedTensors> {
    const { exclusive, core } = this.#runtime;
    return exclusive(backend, async () => {
      const scoped = this.#tablesFilled;
      if (scoped) {
        core.engine().startScope();
      }
      try {
        const outputs = await this.#model.execute(this.#feeds(inputs));
        this.#tablesFilled = true;
        return await this.#read(outputs);
      } finally {
        if (scoped) {
          core.engine().endScope();
        }
      }
    });
  }

  #feeds(inputs: NamedTensors): ReadonlyMap<string, Tensor> {
    const engine = this.#runtime.core.engine();
    return new Map(
      Array.from(inputs, ([name, input]) => {
        const values = valuesToTfjs(input, name) as BackendValues; // its types forbid readonly arrays
        return [name, engine.makeTensor(values as DataValues, [...input.shape], tfjsDType(input.dtype, name))];
      }),
    );
  }

  async #read(results: ReadonlyMap<string, Tensor>): Promise<NamedTensors> {
    const outputs = new Map<string, AnyTensor>();
    for (const [name, { dtype }] of this.#model.signature.outputs) {
      const result = results.get(name);
      if (result === undefined) {
        throw internal(`the model gave no output "${name}"`);
      }
      const values = result.dtype === 'string' ? await result.bytes() : result.dataSync();
      outputs.set(name, tensorFromTfjs(values as TfjsValues, result.dtype, result.shape, dtype, name));
    }
    return outputs;
  }
}

/** Free dimensions are 1. */
function zeroInputs(signature: Signature): NamedTensors {
  return new Map(
    Array.from(signature.inputs, ([name, { dtype, shape }]) => [
      name,
      zeros(
        dtype,
        (shape ?? []).map((dimension) => dimension ?? 1),
      ) as AnyTensor, // one dtype, its own data
    ]),
  );
}

/** The caller's inputs fit the signature, so what a kernel refuses is in their values or free dimensions. */
function runFailure(error: unknown): StatusError {
  if (StatusError.is(error)) {
    return error;
  }
  return error instanceof Error && error.name === 'RuntimeError' // WebAssembly's
    ? internal(`WebAssembly stopped: ${firstLine(error)}`, {}, error)
    : invalidArgument(`the model refused the inputs: ${firstLine(error)}`, {}, error);
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? text;
}
