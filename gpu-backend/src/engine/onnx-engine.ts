import {
  type AnyTensor,
  DEFAULT_SIGNATURE,
  type NamedTensors,
  PREDICT_METHOD,
  type Signature,
  type TensorSpec,
  unimplemented,
} from '@tensorfleet/core';
import type { InferenceSession } from 'onnxruntime-node';
import type { Device, Engine, ModelArtifact, Session } from './engine.ts';
import { createInferenceSession, runInferenceSession } from './onnx-runtime.ts';
import { dtypeFromOnnx, tensorFromOnnx, tensorToOnnx } from './onnx-tensor.ts';

/** Runs ONNX files on ONNX Runtime. Both loading and running block the calling thread. */
export const onnxEngine: Engine = {
  name: 'onnxruntime',
  async load(artifact: ModelArtifact, device: Device): Promise<Session> {
    const session = await createInferenceSession(artifact.path, device);
    try {
      return new OnnxSession(session, signatureOf(session));
    } catch (error) {
      await session.release();
      throw error;
    }
  },
};

/** An ONNX file has one way to be called: all its inputs to all its outputs. */
function signatureOf(session: InferenceSession): Signature {
  return {
    name: DEFAULT_SIGNATURE,
    methodName: PREDICT_METHOD,
    inputs: specsOf(session.inputMetadata),
    outputs: specsOf(session.outputMetadata),
  };
}

function specsOf(metadata: readonly InferenceSession.ValueMetadata[]): ReadonlyMap<string, TensorSpec> {
  return new Map(
    metadata.map((value) => {
      if (!value.isTensor) {
        throw unimplemented(`"${value.name}" is a sequence or a map, only tensors are supported`);
      }
      // A named or unnamed symbolic dimension arrives as a string, in some files as -1.
      const shape = value.shape.map((size) => (typeof size === 'number' && size >= 0 ? size : null));
      return [value.name, { name: value.name, dtype: dtypeFromOnnx(value.type, value.name), shape }];
    }),
  );
}

class OnnxSession implements Session {
  readonly signatures: ReadonlyMap<string, Signature>;
  readonly #session: InferenceSession;

  constructor(session: InferenceSession, signature: Signature) {
    this.#session = session;
    this.signatures = new Map([[signature.name, signature]]);
  }

  async run(_signature: string, inputs: NamedTensors): Promise<NamedTensors> {
    const feeds = Object.fromEntries(Array.from(inputs, ([name, input]) => [name, tensorToOnnx(input, name)]));
    const results = await runInferenceSession(this.#session, feeds);
    return new Map(
      Object.entries(results).map(([name, value]): [string, AnyTensor] => [name, tensorFromOnnx(value, name)]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}
