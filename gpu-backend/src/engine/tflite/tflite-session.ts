import {
  type AnyTensor,
  ARRAY_OF,
  byteSizeOf,
  elementCount,
  internal,
  invalidArgument,
  type NamedTensors,
  type Signature,
  type Tensor,
  zeros,
} from '@tensorfleet/core';
import type { Session } from '../engine.ts';
import { type CompiledModel, createLiteRt, type LiteRt, LiteRtError } from './litert.ts';
import { hasElements, type KnownOutput, shapesModel, valuesModel } from './specialize.ts';
import type { TfliteModel, TfliteSignature } from './tflite-model.ts';
import { dtypeOf, type TfliteDType } from './tflite-types.ts';

/** Each plan holds the file and its packed weights. */
const MAX_PLAN_BYTES = 2 ** 28;
const MAX_PLANS = 16;
const INT32_BYTES = 4;

/** A signature compiled for one set of input shapes. */
interface Plan {
  readonly outputs: readonly NamedOutput[];
  /** Computes the outputs that have elements. */
  readonly compiled: CompiledModel;
}

interface NamedOutput extends KnownOutput {
  readonly name: string;
  readonly dtype: TfliteDType;
}

/**
 * Runs the signatures of one file.
 *
 * The runtime executes fixed shapes only, those of outputs included. So each new set of input shapes is compiled, and
 * the last plans are kept. A plan is made by the guess that outputs have as many rows as inputs; where there is no such
 * guess, or it turns out wrong, or shapes depend on values, the inputs at hand are run once for shapes alone. Whatever
 * fails takes the runtime and its memory with it.
 */
export class TfliteSession implements Session {
  readonly signatures: ReadonlyMap<string, Signature>;
  readonly #model: TfliteModel;
  readonly #maxPlans: number;
  /** By signature and shapes, the least recently used first. */
  readonly #plans = new Map<string, Plan>();
  #runtime: LiteRt | undefined;

  constructor(model: TfliteModel, signatures: ReadonlyMap<string, Signature>, runtime: LiteRt | undefined) {
    this.signatures = signatures;
    this.#model = model;
    this.#runtime = runtime;
    const fitting = Math.floor(MAX_PLAN_BYTES / model.file.bytes.length);
    this.#maxPlans = Math.max(1, Math.min(MAX_PLANS, fitting));
  }

  async run(name: string, inputs: NamedTensors): Promise<NamedTensors> {
    const signature = this.#model.signatures.find((each) => each.name === name);
    if (signature === undefined) {
      throw internal(`model file ${this.#model.file.name} has no signature "${name}"`);
    }
    const given = [...signature.inputs.keys()].map((input) => inputs.get(input) as AnyTensor); // validated by the caller
    try {
      return given.some(({ shape }) => shape.includes(0))
        ? await this.#runEmpty(signature, given)
        : await this.#runPlanned(signature, given);
    } catch (error) {
      this.#reset();
      throw error instanceof LiteRtError
        ? invalidArgument(`the model refused the inputs: ${error.message}`, {}, error)
        : error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reset();
  }

  async #runPlanned(signature: TfliteSignature, inputs: readonly AnyTensor[]): Promise<NamedTensors> {
    const key = JSON.stringify([signature.name, ...inputs.map(({ shape }) => shape)]);
    try {
      const plan = this.#plans.get(key) ?? (await this.#guess(signature, inputs));
      if (plan !== undefined) {
        return this.#runAndKeep(key, plan, inputs);
      }
    } catch {
      this.#reset();
    }
    const outputs = outputsOf(await this.#ready(), this.#model, signature, inputs);
    return this.#runAndKeep(key, await this.#compile(signature, inputs, outputs), inputs);
  }

  async #guess(signature: TfliteSignature, inputs: readonly AnyTensor[]): Promise<Plan | undefined> {
    const outputs = guessOutputs(signature, inputs);
    return outputs && (await this.#compile(signature, inputs, outputs));
  }

  async #compile(
    signature: TfliteSignature,
    inputs: readonly AnyTensor[],
    outputs: readonly NamedOutput[],
  ): Promise<Plan> {
    const runtime = await this.#ready();
    const file = valuesModel(this.#model, signature, shapesOf(inputs), outputs);
    return { outputs, compiled: runtime.compile(file) };
  }

  async #ready(): Promise<LiteRt> {
    this.#runtime ??= await createLiteRt();
    return this.#runtime;
  }

  #runAndKeep(key: string, plan: Plan, inputs: readonly AnyTensor[]): NamedTensors {
    const outputs = runPlan(plan, inputs);
    this.#plans.delete(key);
    this.#plans.set(key, plan);
    for (const [oldest, { compiled }] of this.#plans) {
      if (this.#plans.size <= this.#maxPlans) {
        break;
      }
      compiled.release();
      this.#plans.delete(oldest);
    }
    return outputs;
  }

  /** The runtime takes no tensor without elements. An empty batch has outputs with the shapes of a batch of one. */
  async #runEmpty(signature: TfliteSignature, inputs: readonly AnyTensor[]): Promise<NamedTensors> {
    const isBatch = ({ shape }: { readonly shape: readonly (number | null)[] }): boolean => shape[0] === null;
    const batched = [...signature.inputs.values(), ...signature.outputs.values()].every(isBatch);
    if (!batched || inputs.some(({ shape }) => shape.indexOf(0) !== 0 || shape.includes(0, 1))) {
      throw invalidArgument('the model takes empty inputs only as batches without rows');
    }
    const one = inputs.map(({ dtype, shape }) => zeros(dtype, [1, ...shape.slice(1)]) as AnyTensor);
    const outputs = outputsOf(await this.#ready(), this.#model, signature, one);
    return new Map(outputs.map(({ name, dtype, shape }) => [name, zeros(dtype, [0, ...shape.slice(1)]) as AnyTensor]));
  }

  #reset(): void {
    this.#plans.clear();
    this.#runtime = undefined;
  }
}

/** The outputs with the shapes that they have for these inputs. */
function outputsOf(
  runtime: LiteRt,
  model: TfliteModel,
  signature: TfliteSignature,
  inputs: readonly AnyTensor[],
): readonly NamedOutput[] {
  const outputs = [...signature.outputs];
  const tensors = outputs.map(([, tensor]) => tensor);
  const compiled = runtime.compile(shapesModel(model, signature, shapesOf(inputs), tensors));
  const found = compiled.run(inputs.map(bytesOf), tensors.map(shapeBytes));
  compiled.release();
  return outputs.map(([name, tensor], index) => {
    const shape = shapeFrom(found[index]);
    if (tensor.shape.length === 0 && shape[0] !== 0) {
      throw new LiteRtError(`output "${name}" has rank ${shape[0]}, the file says 0`);
    }
    return { name, tensor, dtype: dtypeOf(tensor, name), shape: tensor.shape.length === 0 ? [] : shape };
  });
}

/** What most models do: as many rows out as in, and nothing else is free. */
function guessOutputs(signature: TfliteSignature, inputs: readonly AnyTensor[]): readonly NamedOutput[] | undefined {
  const tensors = [...signature.inputs.values(), ...signature.outputs.values()];
  const free = [...signature.inputs.values()].flatMap(({ shape }, index) =>
    shape[0] === null ? (inputs[index]?.shape[0] ?? 0) : [],
  );
  if (tensors.some(({ shape }) => shape.includes(null, 1)) || new Set(free).size > 1) {
    return undefined;
  }
  return Array.from(signature.outputs, ([name, tensor]) => ({
    name,
    tensor,
    dtype: dtypeOf(tensor, name),
    shape: tensor.shape.map((size) => size ?? free[0] ?? 1),
  }));
}

/** Throws LiteRtError when the inputs lead to other shapes than the plan's. */
function runPlan({ outputs, compiled }: Plan, inputs: readonly AnyTensor[]): NamedTensors {
  const computed = outputs.filter(hasElements);
  const found = compiled.run(inputs.map(bytesOf), [
    ...computed.map(({ dtype, shape }) => elementCount(shape) * byteSizeOf(dtype)),
    ...outputs.map(shapeBytes),
  ]);
  for (const [index, { name, shape }] of outputs.entries()) {
    const actual = shapeFrom(found[computed.length + index]);
    if (actual.join() !== (shape.join() || '0')) {
      throw new LiteRtError(`output "${name}" has shape [${actual}], not [${shape}]`);
    }
  }
  const values = new Map(computed.map((output, index) => [output.name, found[index]]));
  return new Map(
    outputs.map(({ name, dtype, shape }) => [name, tensorOf(dtype, shape, values.get(name) ?? new Uint8Array(0))]),
  );
}

/** The size of the vector that a shape is fetched as: a scalar's holds its rank. */
function shapeBytes({ shape }: { readonly shape: readonly unknown[] }): number {
  return Math.max(1, shape.length) * INT32_BYTES;
}

function shapeFrom(bytes: Uint8Array | undefined): readonly number[] {
  return [...new Int32Array(bytes?.buffer ?? new ArrayBuffer(0))];
}

function shapesOf(inputs: readonly AnyTensor[]): readonly (readonly number[])[] {
  return inputs.map(({ shape }) => shape);
}

/** Over `bytes`, which begin their buffer. */
function tensorOf(dtype: TfliteDType, shape: readonly number[], bytes: Uint8Array): AnyTensor {
  const data = new ARRAY_OF[dtype](bytes.buffer);
  return { dtype, shape, data } as Tensor<TfliteDType> as AnyTensor; // the class was looked up by the dtype
}

function bytesOf({ data }: AnyTensor): Uint8Array {
  // No input is a list of strings: no signature with one is loaded.
  const { buffer, byteOffset, byteLength } = data as Uint8Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
}
