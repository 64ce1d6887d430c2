// Hot file: runs with every request to a converted model.
import { type AnyTensor, type NamedTensors, notFound, type Signature, StatusError } from '@tensorfleet/core';
import type { Session } from './engine.ts';
import { type RunStage, type Slots, slotOf } from './program-stage.ts';

/** A program with its sessions open and its kernels made. */
export interface RunnableProgram {
  readonly signature: Signature;
  /** By slot. */
  readonly constants: ReadonlyMap<string, AnyTensor>;
  /** Names of inputs and their slots. */
  readonly inputs: readonly (readonly [string, string])[];
  readonly stages: readonly RunStage[];
  /** Names of outputs and their slots. */
  readonly outputs: readonly (readonly [string, string])[];
  /** Variables that requests change, and their slots before and after a run. */
  readonly state: readonly (readonly [string, { readonly before: string; readonly after?: string }])[];
}

/** The signatures of a converted model; `resources` are its sessions. */
export class ProgramSession implements Session {
  readonly signatures: ReadonlyMap<string, Signature>;
  readonly twins: ReadonlyMap<string, string>;
  readonly stateful: ReadonlySet<string>;
  readonly #programs: ReadonlyMap<string, RunnableProgram>;
  readonly #variables: Map<string, AnyTensor>;
  readonly #resources: AsyncDisposable;

  /** `variables`: what those that requests change begin with. */
  constructor(
    programs: readonly RunnableProgram[],
    twins: ReadonlyMap<string, string>,
    variables: NamedTensors,
    resources: AsyncDisposable,
  ) {
    this.#programs = new Map(programs.map((program) => [program.signature.name, program]));
    this.signatures = new Map(programs.map(({ signature }) => [signature.name, signature]));
    this.twins = twins;
    this.stateful = new Set(programs.flatMap(({ signature, state }) => (state.length > 0 ? [signature.name] : [])));
    this.#variables = new Map(variables);
    this.#resources = resources;
  }

  async run(name: string, inputs: NamedTensors): Promise<NamedTensors> {
    const program = this.#programs.get(name);
    if (program === undefined) {
      throw notFound(`the model has no signature "${name}"`, { signature: name });
    }
    try {
      return await runProgram(program, inputs, this.#variables);
    } catch (reason) {
      const { code, message, details } = StatusError.from(reason);
      throw new StatusError(code, `signature "${name}": ${message}`, { details, cause: reason });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources[Symbol.asyncDispose]();
  }
}

/** Variables change when the whole run has succeeded. */
async function runProgram(
  program: RunnableProgram,
  inputs: NamedTensors,
  variables: Map<string, AnyTensor>,
): Promise<NamedTensors> {
  const slots: Slots = new Map(program.constants);
  for (const [name, slot] of program.inputs) {
    slots.set(slot, slotOf(inputs, name));
  }
  for (const [variable, { before }] of program.state) {
    slots.set(before, slotOf(variables, variable));
  }
  for (const stage of program.stages) {
    await stage(slots);
  }
  const foreign = new Set([...inputs.values(), ...program.constants.values(), ...variables.values()].map(bufferOf));
  for (const [variable, { after }] of program.state) {
    if (after !== undefined) {
      variables.set(variable, copyOf(slotOf(slots, after)));
    }
  }
  return new Map(
    program.outputs.map(([name, slot]): [string, AnyTensor] => {
      const value = slotOf(slots, slot);
      return [name, isWhole(value) && !foreign.has(bufferOf(value)) ? value : copyOf(value)];
    }),
  );
}

/** What a tensor shares with its views; strings are immutable, their list is not. */
function bufferOf({ dtype, data }: AnyTensor): object {
  return dtype === 'STRING' ? data : (data.buffer as ArrayBuffer);
}

/** Views into larger buffers cannot be given away. */
function isWhole({ dtype, data }: AnyTensor): boolean {
  return dtype === 'STRING' || data.byteLength === data.buffer.byteLength;
}

function copyOf(value: AnyTensor): AnyTensor {
  return { ...value, data: value.data.slice() } as AnyTensor; // slice keeps the class that dtype names
}
