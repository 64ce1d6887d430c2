import type { NamedTensors } from '@tensorfleet/core';
import type { ModelExecutor } from '../../gpu-backend/src/model/model-executor.ts';

/** Runs a plain function and remembers what it was given. */
export class FakeExecutor implements ModelExecutor {
  readonly placement = 'inline';
  readonly slots: number;
  readonly runs: NamedTensors[] = [];
  closed = 0;
  aborted = 0;
  readonly #compute: (inputs: NamedTensors) => NamedTensors;

  constructor(compute: (inputs: NamedTensors) => NamedTensors, slots = 1) {
    this.#compute = compute;
    this.slots = slots;
  }

  async run(_signature: string, inputs: NamedTensors): Promise<NamedTensors> {
    this.runs.push(inputs);
    return this.#compute(inputs);
  }

  abort(): void {
    this.aborted++;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed++;
  }
}
