import { z } from 'zod';
import type { Device } from '../engine/engine.ts';
import { ENGINE_SETTINGS } from '../model/engine-choice.ts';
import { flag, listOf, real, text, whole } from './values.ts';

/** `cuda` is the first GPU, `cuda:1` the second. */
function deviceOf(value: string): Pick<Device, 'kind' | 'index'> {
  const [kind, index = '0'] = value.split(':');
  return { kind: kind === 'cuda' ? 'cuda' : 'cpu', index: Number(index) };
}

/** What runs models, on which threads, and how they are warmed up. */
export const engineSettings = {
  engine: z
    .enum(ENGINE_SETTINGS)
    .default('auto')
    .describe(
      'what runs SavedModels: onnx converts them, tensorflow needs TensorFlow on this machine, auto takes it for what cannot be converted; a manifest may say otherwise',
    ),
  device: z
    .string()
    .regex(/^(cpu|cuda(:\d{1,2})?)$/, 'must be cpu, cuda, or cuda:1 for the second GPU')
    .default('cpu')
    .transform(deviceOf)
    .describe(
      'where ONNX files and converted SavedModels run: cpu, cuda, or cuda:1 for the second GPU; cuda needs the CUDA provider of ONNX Runtime, which the image server-cuda has',
    ),
  saved_model_tags: z
    .string()
    .default('serve')
    .transform(listOf)
    .describe('comma-separated tags of the graph in a SavedModel'),
  prefer_tflite_model: flag.prefault(false).describe('serve model.tflite of a version that holds a SavedModel, too'),
  conversion_cache_dir: text.describe(
    'where converted SavedModels are kept; unset: a directory of this user below the one for temporary files',
  ),
  conversion_cache_megabytes: whole(1, 100_000_000)
    .prefault(10_240)
    .describe('beyond that the converted models leave that were not loaded for longest'),
  workers_per_model: whole(1, 256).prefault(1).describe('worker threads per version that is too slow to run inline'),
  intra_op_threads: whole(0, 256)
    .prefault(0)
    .describe('threads inside one run of a model; 0: tensorflow_intra_op_parallelism, or 1'),
  tensorflow_intra_op_parallelism: whole(0, 256).prefault(0).describe("TensorFlow Serving's name for intra_op_threads"),
  worker_timeout_seconds: real(0.1, 86_400)
    .prefault(60)
    .describe('a run that takes longer costs its worker; its requests fail'),
  enable_model_warmup: flag
    .prefault(true)
    .describe(
      'run the requests in assets.extra/tf_serving_warmup_requests and those in the manifest before a version is available',
    ),
  num_request_iterations_for_warmup: whole(0, 2 ** 31 - 1)
    .prefault(0)
    .describe('times that each of them is run; 0 is the same as 1'),
  synthetic_warmup: flag.prefault(true).describe('warm versions up with zeros, too, at every allowed batch size'),
  warmup_failure: z
    .enum(['fail', 'warn'])
    .default('fail')
    .describe('whether a version whose warm-up fails does not load, or loads with a warning'),
  warmup_timeout_seconds: real(0.1, 86_400)
    .prefault(600)
    .describe('the warm-up of a version that takes longer has failed'),
  enable_signature_method_name_check: flag
    .prefault(false)
    .describe('Predict, Classify and Regress take only signatures made for them, by their method name'),
};
