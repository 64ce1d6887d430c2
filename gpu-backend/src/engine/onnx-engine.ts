import { basename, dirname } from 'node:path';
import {
  type AnyTensor,
  DEFAULT_SIGNATURE,
  invalidArgument,
  type NamedTensors,
  PREDICT_METHOD,
  type Signature,
  StatusError,
  type TensorSpec,
  unimplemented,
} from '@tensorfleet/core';
import { InferenceSession } from 'onnxruntime-node';
import type { Device, Engine, ModelArtifact, Session } from './engine.ts';
import { dtypeFromOnnx, tensorFromOnnx, tensorToOnnx } from './onnx-tensor.ts';

/** ONNX Runtime's own log: only errors, which arrive as exceptions anyway. */
const LOG_SEVERITY_ERROR = 3;

/** Runs ONNX files on ONNX Runtime. Both loading and running block the calling thread. */
export const onnxEngine: Engine = {
  name: 'onnxruntime',
  async load(artifact: ModelArtifact, device: Device): Promise<Session> {
    const session = await create(artifact.path, device);
    try {
      return new OnnxSession(session, signatureOf(session));
    } catch (error) {
      await session.release();
      throw error;
    }
  },
};

async function create(path: string, device: Device): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(path, {
      executionProviders: device.kind === 'cuda' ? [{ name: 'cuda', deviceId: device.index }, 'cpu'] : ['cpu'],
      intraOpNumThreads: device.threads,
      interOpNumThreads: 1,
      logSeverityLevel: LOG_SEVERITY_ERROR,
      // Spinning threads would take the core that the front end needs.
      extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
    });
  } catch (error) {
    // Clients see this in the state of the version, and need not know where the server keeps its files.
    const reason = firstLine(error).replace(`Load model from ${path} failed:`, '').replaceAll(dirname(path), '.');
    throw invalidArgument(`model file ${basename(path)} cannot be loaded: ${reason}`, { path }, error);
  }
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
    let results: InferenceSession.OnnxValueMapType;
    try {
      results = await this.#session.run(feeds);
    } catch (error) {
      throw StatusError.is(error) ? error : runFailure(error);
    }
    return new Map(
      Object.entries(results).map(([name, value]): [string, AnyTensor] => [name, tensorFromOnnx(value, name)]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}

/** The caller's inputs fit the signature, so what a kernel refuses is in their values or free dimensions. */
function runFailure(error: unknown): StatusError {
  return invalidArgument(`the model refused the inputs: ${firstLine(error)}`, {}, error);
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? text;
}
