/** A model of export_models.py, and what its speed should be. */
export interface BenchModel {
  readonly name: string;
  readonly batches: readonly number[];
  /** Its one input; `shape` without the batch. Integers below `below`, else floats. */
  readonly input: { readonly name: string; readonly shape: readonly number[]; readonly below?: number };
  /** How many times as fast as TensorFlow it should run. */
  readonly goal: number;
}

const PICTURE = { name: 'keras_tensor', shape: [224, 224, 3] };

/** Whose loading is compared, too. */
export const LARGE_MODELS: readonly BenchModel[] = [
  { name: 'resnet50', batches: [1], input: PICTURE, goal: 1 },
  { name: 'xception', batches: [1], input: { ...PICTURE, shape: [299, 299, 3] }, goal: 1 },
  { name: 'mobilenetv2', batches: [1], input: PICTURE, goal: 1.5 },
  { name: 'efficientnetb0', batches: [1], input: PICTURE, goal: 1 },
];

const SMALL_MODELS: readonly BenchModel[] = [
  { name: 'mlp', batches: [1, 8], input: { name: 'features', shape: [16] }, goal: 1.5 },
  { name: 'lstm', batches: [1, 8], input: { name: 'steps', shape: [20, 8] }, goal: 5 },
  { name: 'transformer', batches: [1, 8], input: { name: 'tokens', shape: [32], below: 200 }, goal: 1.5 },
];

export const BENCH_MODELS: readonly BenchModel[] = [...LARGE_MODELS, ...SMALL_MODELS];
