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
import { type KnownOutput, shapesModel, valuesModel } from './specialize.ts';
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
 * The runtime executes fixed shapes only. So each new set of input shapes is compiled twice: for the shapes of the
 * outputs, which the given inputs are run for, and for the values. The last plans are kept; one that turns out not to
 * fit (the shapes depend on values too) is made again for the inputs at hand. Whatever fails takes the runtime and its
 * memory with it.
 */
export class TfliteSession implements Session {
  readonly signatures: ReadonlyMap<string, Signature>;
  readonly #model: TfliteModel;
  readonly #maxPlans: number;
  /** By signature and shapes, the least recently used first. */
  readonly #plans = new Map<string, Plan>();
  #runtime: LiteRt | undefined;

  constructor(model: TfliteModel, signatures: ReadonlyMap<string, Signature>) {
    this.signatures = signatures;
    this.#model = model;
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
    const known = this.#plans.get(key);
    if (known !== undefined) {
      this.#plans.delete(key);
      this.#plans.set(key, known);
      try {
        return runPlan(known, inputs);
      } catch {
        this.#reset();
      }
    }
    const plan = await this.#makePlan(signature, inputs);
    const outputs = runPlan(plan, inputs);
    this.#keep(key, plan);
    return outputs;
  }

  async #makePlan(signature: TfliteSignature, inputs: readonly AnyTensor[]): Promise<Plan> {
    this.#runtime ??= await createLiteRt();
    const shapes = inputs.map(({ shape }) => shape);
    const outputs = outputShapes(this.#runtime, this.#model, signature, inputs);
    const file = valuesModel(this.#model, signature, shapes, outputs.filter(hasElements));
    return { outputs, compiled: this.#runtime.compile(file) };
  }

  /** A model that keeps values from run to run begins anew each time: no request sees another's. */
  #keep(key: string, plan: Plan): void {
    if (this.#model.hasVariables) {
      plan.compiled.release();
      return;
    }
    this.#plans.set(key, plan);
    for (const [oldest, { compiled }] of this.#plans) {
      if (this.#plans.size <= this.#maxPlans) {
        break;
      }
      compiled.release();
      this.#plans.delete(oldest);
    }
  }

  /** The runtime takes no tensor without elements. An empty batch has outputs with the shapes of a batch of one. */
  async #runEmpty(signature: TfliteSignature, inputs: readonly AnyTensor[]): Promise<NamedTensors> {
    const isBatch = ({ shape }: { readonly shape: readonly (number | null)[] }): boolean => shape[0] === null;
    const batched = [...signature.inputs.values(), ...signature.outputs.values()].every(isBatch);
    if (!batched || inputs.some(({ shape }) => shape.indexOf(0) !== 0 || shape.includes(0, 1))) {
      throw invalidArgument('the model takes empty inputs only as batches without rows');
    }
    this.#runtime ??= await createLiteRt();
    const one = inputs.map(({ dtype, shape }) => zeros(dtype, [1, ...shape.slice(1)]) as AnyTensor);
    const outputs = outputShapes(this.#runtime, this.#model, signature, one);
    return new Map(outputs.map(({ name, dtype, shape }) => [name, zeros(dtype, [0, ...shape.slice(1)]) as AnyTensor]));
  }

  #reset(): void {
    this.#plans.clear();
    this.#runtime = undefined;
  }
}

function outputShapes(
  runtime: LiteRt,
  model: TfliteModel,
  signature: TfliteSignature,
  inputs: readonly AnyTensor[],
): readonly NamedOutput[] {
  const outputs = [...signature.outputs];
  const ranked = outputs.map(([, tensor]) => tensor).filter(({ shape }) => shape.length > 0);
  const shapes = new Map<number, readonly number[]>();
  if (ranked.length > 0) {
    const file = shapesModel(
      model,
      signature,
      inputs.map(({ shape }) => shape),
      ranked,
    );
    const compiled = runtime.compile(file);
    const found = compiled.run(
      inputs.map(bytesOf),
      ranked.map(({ shape }) => shape.length * INT32_BYTES),
    );
    compiled.release();
    for (const [index, bytes] of found.entries()) {
      shapes.set(ranked[index]?.index ?? -1, [...new Int32Array(bytes.buffer)]);
    }
  }
  return outputs.map(([name, tensor]) => ({
    name,
    tensor,
    dtype: dtypeOf(tensor, name),
    shape: shapes.get(tensor.index) ?? [],
  }));
}

/** Throws LiteRtError when the inputs lead to other shapes than the plan's. */
function runPlan({ outputs, compiled }: Plan, inputs: readonly AnyTensor[]): NamedTensors {
  const computed = outputs.filter(hasElements);
  const ranked = computed.filter(({ shape }) => shape.length > 0);
  const found = compiled.run(inputs.map(bytesOf), [
    ...computed.map(({ dtype, shape }) => elementCount(shape) * byteSizeOf(dtype)),
    ...ranked.map(({ shape }) => shape.length * INT32_BYTES),
  ]);
  for (const [index, { name, shape }] of ranked.entries()) {
    const actual = [...new Int32Array(found[computed.length + index]?.buffer ?? new ArrayBuffer(0))];
    if (actual.join() !== shape.join()) {
      throw new LiteRtError(`output "${name}" has shape [${actual}] after [${shape}]`);
    }
  }
  const values = new Map(computed.map((output, index) => [output.name, found[index]]));
  return new Map(
    outputs.map(({ name, dtype, shape }) => [name, tensorOf(dtype, shape, values.get(name) ?? new Uint8Array(0))]),
  );
}

function hasElements({ shape }: KnownOutput): boolean {
  return !shape.includes(0);
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
