import type { StatusError } from '@tensorfleet/core';

/** One batch that waits for the test to say how it ends. */
export interface ManualBatch<In, Out> {
  readonly inputs: readonly In[];
  readonly rows: number;
  readonly finish: (outputs: readonly (Out | StatusError)[]) => void;
  readonly fail: (reason: unknown) => void;
}

/** A batch executor whose batches end when the test says so; `batches` keeps them in order of their start. */
export class ManualExecutor<In, Out> {
  readonly batches: ManualBatch<In, Out>[] = [];

  readonly execute = (inputs: readonly In[], rows: number): Promise<readonly (Out | StatusError)[]> => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly (Out | StatusError)[]>();
    this.batches.push({ inputs, rows, finish: resolve, fail: reject });
    return promise;
  };

  /** The inputs of every batch so far. */
  get started(): readonly (readonly In[])[] {
    return this.batches.map((batch) => batch.inputs);
  }
}
