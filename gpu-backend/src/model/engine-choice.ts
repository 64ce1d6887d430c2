import type { ModelFormat } from '../engine/engine.ts';

/** What may run SavedModels: `auto` converts them where that works and asks TensorFlow for the others. */
export const ENGINE_SETTINGS = ['auto', 'onnx', 'tensorflow'] as const;
export type EngineSetting = (typeof ENGINE_SETTINGS)[number];

/** What runs a version, and why; for logs, metadata and lists of models. */
export interface EngineChoice {
  readonly engine: 'onnx' | 'tensorflow' | 'tflite' | 'tfjs';
  readonly reason: string;
}

export const ENGINE_OF_FORMAT: Readonly<Record<ModelFormat, EngineChoice['engine']>> = {
  onnx: 'onnx',
  program: 'onnx',
  saved_model: 'tensorflow',
  tflite: 'tflite',
  tfjs: 'tfjs',
};
