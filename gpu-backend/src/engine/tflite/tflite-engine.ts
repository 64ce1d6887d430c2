import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { invalidArgument, PREDICT_METHOD, type Signature, type TensorSpec, unimplemented } from '@tensorfleet/core';
import type { Device, Engine, ModelArtifact, Session } from '../engine.ts';
import { createLiteRt, type LiteRt, LiteRtError } from './litert.ts';
import { shapesModel } from './specialize.ts';
import { readTfliteModel, type TfliteModel, type TfliteSignature, type TfliteTensor } from './tflite-model.ts';
import { TfliteSession } from './tflite-session.ts';
import { dtypeOf } from './tflite-types.ts';

/** The runtime's memory ends at 2 GiB, and holds the file and its packed weights. */
const MAX_FILE_BYTES = 2 ** 29;
/** Sizes that free dimensions are tried with: what most models allow, and what convolutions without padding want. */
const TRIAL_SIZES = [1, 64] as const;

/** Runs TFLite files on LiteRT, on one thread of the processor. Both loading and running block the calling thread. */
export const tfliteEngine: Engine = {
  name: 'litert',
  async load(artifact: ModelArtifact, _device: Device): Promise<Session> {
    const name = basename(artifact.path);
    const model = readTfliteModel(await read(artifact.path, name), name);
    const signatures = new Map(model.signatures.map((signature) => [signature.name, signatureOf(signature)]));
    let runtime: LiteRt | undefined;
    for (const signature of model.signatures) {
      runtime = await tryToCompile(model, signature, runtime);
    }
    return new TfliteSession(model, signatures, runtime);
  },
};

async function read(path: string, name: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw invalidArgument(`model file ${name} cannot be read`, { path }, error);
  }
  if (bytes.length > MAX_FILE_BYTES) {
    throw unimplemented(`model file ${name} has ${bytes.length} bytes, at most ${MAX_FILE_BYTES} are supported`);
  }
  return bytes;
}

function signatureOf({ name, inputs, outputs }: TfliteSignature): Signature {
  return { name, methodName: PREDICT_METHOD, inputs: specsOf(inputs), outputs: specsOf(outputs) };
}

function specsOf(tensors: ReadonlyMap<string, TfliteTensor>): ReadonlyMap<string, TensorSpec> {
  return new Map(
    Array.from(tensors, ([name, tensor]) => [name, { name, dtype: dtypeOf(tensor, name), shape: tensor.shape }]),
  );
}

/** What the runtime cannot execute shows here, before anyone waits for an answer. Returns a runtime that still works. */
async function tryToCompile(model: TfliteModel, signature: TfliteSignature, idle: LiteRt | undefined): Promise<LiteRt> {
  const inputs = [...signature.inputs.values()];
  const outputs = [...signature.outputs.values()];
  let runtime = idle;
  let failure: LiteRtError | undefined;
  for (const size of TRIAL_SIZES) {
    const shapes = inputs.map(({ shape }) => shape.map((dimension) => dimension ?? size));
    runtime ??= await createLiteRt();
    try {
      runtime.compile(shapesModel(model, signature, shapes, outputs)).release();
      return runtime;
    } catch (error) {
      if (!(error instanceof LiteRtError)) {
        throw error;
      }
      failure ??= error;
      runtime = undefined;
    }
  }
  const reason = `signature "${signature.name}": ${failure?.message}`;
  throw invalidArgument(`model file ${model.file.name} cannot be loaded: ${reason}`, {}, failure);
}
