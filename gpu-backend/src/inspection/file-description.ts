import type { Fact, ModelSize, OpCount } from './model-inspection.ts';

/** What a model file says besides its signatures. */
export interface FileDescription {
  readonly ops: readonly OpCount[];
  readonly weights: Pick<ModelSize, 'weights' | 'parameters' | 'weightBytes'>;
  readonly facts: readonly Fact[];
}

/** Adds weights up. */
export class WeightSum {
  #weights = 0;
  #parameters = 0;
  #bytes = 0;

  add(parameters: number, bytes: number): void {
    this.#weights++;
    this.#parameters += parameters;
    this.#bytes += bytes;
  }

  get sum(): FileDescription['weights'] {
    return { weights: this.#weights, parameters: this.#parameters, weightBytes: this.#bytes };
  }
}
