import { readFile } from 'node:fs/promises';
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
import type { OnnxStageValue } from './conversion/program.ts';
import type { Device, Engine, ModelArtifact, Session } from './engine.ts';
import { widenEdges, widenedFrom } from './onnx-bfloat16.ts';
import { createInferenceSession, releaseInferenceSession, runInferenceSession } from './onnx-runtime.ts';
import { dtypeFromOnnx, tensorFromOnnx, tensorToOnnx } from './onnx-tensor.ts';
import { ProgramSession } from './program-session.ts';
import { onnxStage } from './program-stage.ts';

/** Runs ONNX files on ONNX Runtime. Both loading and running block the calling thread. */
export const onnxEngine: Engine = {
  name: 'onnxruntime',
  async load({ path }: ModelArtifact, device: Device): Promise<Session> {
    const session = await createInferenceSession(path, device).catch((error: unknown) => {
      if (isBfloat16Refusal(error)) {
        return undefined;
      }
      throw error;
    });
    if (session === undefined) {
      return await loadWidened(path, device);
    }
    try {
      return new OnnxSession(session, signatureOf(session));
    } catch (error) {
      await releaseInferenceSession(session);
      throw error;
    }
  },
};

/** The binding's words (1.30) for a model with bfloat16 inputs or outputs, type number 16. */
function isBfloat16Refusal(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.message === 'Unsupported data type: 16';
}

/** A model whose bfloat16 inputs and outputs come and go as FP32, which holds the same numbers. */
async function loadWidened(path: string, device: Device): Promise<Session> {
  const session = await createInferenceSession(path, device, widenEdges(await readFile(path)));
  const { inputMetadata, outputMetadata } = session;
  const signature = signatureOf(session);
  const [inputs, outputs] = [signature.inputs, signature.outputs].map((specs) =>
    Array.from(specs.keys(), (name) => [name, name] as const),
  );
  const stage = onnxStage(session, {
    kind: 'onnx',
    file: path,
    inputs: inputMetadata.map(stageValueOf),
    outputs: outputMetadata.map(stageValueOf),
    checks: [],
  });
  const slots = { inputs: inputs ?? [], outputs: outputs ?? [], state: [] };
  const program = { signature, constants: new Map(), stages: [stage], ...slots };
  return new ProgramSession([program], new Map(), new Map(), {
    [Symbol.asyncDispose]: () => releaseInferenceSession(session),
  });
}

function stageValueOf(value: InferenceSession.ValueMetadata): OnnxStageValue {
  const { name, dtype } = specOf(value);
  return { name: value.name, slot: name, dtype };
}

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
      const spec = specOf(value);
      return [spec.name, spec];
    }),
  );
}

function specOf(value: InferenceSession.ValueMetadata): TensorSpec {
  if (!value.isTensor) {
    throw unimplemented(`"${value.name}" is a sequence or a map, only tensors are supported`);
  }
  // A named or unnamed symbolic dimension arrives as a string, in some files as -1.
  const shape = value.shape.map((size) => (typeof size === 'number' && size >= 0 ? size : null));
  const name = widenedFrom(value.name);
  return name === undefined
    ? { name: value.name, dtype: dtypeFromOnnx(value.type, value.name), shape }
    : { name, dtype: 'BF16', shape };
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
    await releaseInferenceSession(this.#session);
  }
}
