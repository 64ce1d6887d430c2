import type { Engine, ModelFormat } from '../engine/engine.ts';
import type { Environment } from '../engine/tensorflow/environment.ts';
import { inNativeSection } from '../workers/native-section.ts';

/** Imported when a model wants them: each brings a runtime of its own. */
const ENGINES: Readonly<Record<ModelFormat, (environment: Environment) => Promise<Engine>>> = {
  onnx: async () => (await import('../engine/onnx-engine.ts')).onnxEngine,
  program: async () => (await import('../engine/program-engine.ts')).programEngine,
  saved_model: async (environment) =>
    (await import('../engine/tensorflow/tensorflow-engine.ts')).createTensorFlowEngine({ environment }),
  tflite: async () => (await import('../engine/tflite/tflite-engine.ts')).tfliteEngine,
  tfjs: async () => (await import('../engine/tfjs/tfjs-engine.ts')).tfjsEngine,
};

/** The engine that loads a format. Throws FAILED_PRECONDITION for `saved_model` without a TensorFlow. */
export function engineFor(format: ModelFormat, environment: Environment): Promise<Engine> {
  return inNativeSection(() => ENGINES[format](environment)); // what comes with it may be an addon
}
