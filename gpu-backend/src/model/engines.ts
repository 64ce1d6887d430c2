import { failedPrecondition } from '@tensorfleet/core';
import type { Engine, ModelFormat } from '../engine/engine.ts';
import type { TensorFlowInstallation } from '../engine/tensorflow/find-tensorflow.ts';

/** Imported when a model wants them: each brings a runtime of its own. */
const ENGINES: Readonly<Record<ModelFormat, (tensorflow: TensorFlowInstallation | undefined) => Promise<Engine>>> = {
  onnx: async () => (await import('../engine/onnx-engine.ts')).onnxEngine,
  program: async () => (await import('../engine/program-engine.ts')).programEngine,
  async saved_model(tensorflow) {
    if (tensorflow === undefined) {
      throw failedPrecondition('there is no TensorFlow on this machine');
    }
    return (await import('../engine/tensorflow/libtensorflow-engine.ts')).libtensorflowEngine(tensorflow);
  },
  tflite: async () => (await import('../engine/tflite/tflite-engine.ts')).tfliteEngine,
  tfjs: async () => (await import('../engine/tfjs/tfjs-engine.ts')).tfjsEngine,
};

/** The engine that loads a format. Throws FAILED_PRECONDITION for `saved_model` without a TensorFlow. */
export function engineFor(format: ModelFormat, tensorflow: TensorFlowInstallation | undefined): Promise<Engine> {
  return ENGINES[format](tensorflow);
}
