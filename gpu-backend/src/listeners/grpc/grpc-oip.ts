import {
  decodeModelInferRequest,
  decodeOipModelRequest,
  encodeModelInferResponse,
  encodeOipModelMetadata,
  encodeOipTruth,
  RPC_PATHS,
} from '@tensorfleet/codecs';
import {
  type CallContext,
  Code,
  DEFAULT_SIGNATURE,
  failedPrecondition,
  invalidArgument,
  type ModelSpec,
  parseVersion,
  StatusError,
} from '@tensorfleet/core';
import { readiness, specReadiness } from '../../server/health.ts';
import { type ModelMetadata, modelMetadata, modelStatus } from '../../server/model-info.ts';
import { predict } from '../../server/predict.ts';
import type { ServerCore } from '../../server/server-core.ts';
import type { MemoryShare } from '../request-memory.ts';
import type { UnaryMethod, UnaryMethods } from './grpc-methods.ts';

/** The Open Inference Protocol over gRPC, as far as its clients need it to call models: bytes in, bytes out. */
export function oipMethods(core: ServerCore): UnaryMethods {
  return new Map<string, UnaryMethod>([
    [RPC_PATHS.serverLive, async () => encodeOipTruth(true)],
    [RPC_PATHS.serverReady, async () => encodeOipTruth(readiness(core).ready)],
    [RPC_PATHS.modelReady, async (message) => encodeOipTruth(isModelReady(core, message))],
    [RPC_PATHS.oipModelMetadata, async (message, context) => metadataMethod(core, message, context)],
    [RPC_PATHS.modelInfer, (message, context, memory) => inferMethod(core, message, context, memory)],
  ]);
}

/** A model that nobody knows is not ready: that is no error. */
function isModelReady(core: ServerCore, message: Uint8Array): boolean {
  const { name, version } = decodeOipModelRequest(message, 'ModelReadyRequest');
  try {
    return specReadiness(core, specOf(name, version));
  } catch (reason) {
    if (StatusError.from(reason).code === Code.NotFound) {
      return false;
    }
    throw reason;
  }
}

function metadataMethod(core: ServerCore, message: Uint8Array, { routingKey }: CallContext): Uint8Array {
  const { name, version } = decodeOipModelRequest(message, 'ModelMetadataRequest');
  const { signatures, engine } = modelMetadata(core, specOf(name, version), routingKey);
  const signature = signatures.get(DEFAULT_SIGNATURE);
  if (signature === undefined) {
    throw noSignature(name);
  }
  const versions = modelStatus(core, { name }).filter(({ state }) => state === 'AVAILABLE');
  return encodeOipModelMetadata({
    name,
    versions: versions.map((status) => String(status.version)).toReversed(),
    platform: PLATFORM[engine.engine],
    inputs: signature.inputs,
    outputs: signature.outputs,
  });
}

const PLATFORM: Readonly<Record<ModelMetadata['engine']['engine'], string>> = {
  onnx: 'onnxruntime_onnx',
  tensorflow: 'tensorflow_savedmodel',
  tflite: 'tensorflow_tflite',
  tfjs: 'tensorflow_tfjs',
};

async function inferMethod(
  core: ServerCore,
  message: Uint8Array,
  context: CallContext,
  memory: MemoryShare,
): Promise<Uint8Array> {
  const request = decodeModelInferRequest(message, { onAllocate: (bytes) => memory.take(bytes) });
  const { name, version, outputs } = await predict(
    core,
    {
      api: 'ModelInfer',
      modelSpec: specOf(request.modelName, request.modelVersion),
      outputFilter: request.outputs,
      entrypoint: 'GRPC',
      inputsFor: () => request.inputs,
      unknownSignature: () => noSignature(request.modelName),
    },
    context,
  );
  return encodeModelInferResponse({ modelName: name, modelVersion: String(version), id: request.id, outputs });
}

/** The protocol has no signatures: it calls the one that others default to. */
function noSignature(name: string): StatusError {
  return failedPrecondition(`model ${name} has no signature "${DEFAULT_SIGNATURE}", the one this protocol calls`);
}

function specOf(name: string, version: string): ModelSpec {
  if (version === '') {
    return { name };
  }
  const number = parseVersion(version);
  if (number === undefined) {
    throw invalidArgument(
      `failed to get model version from specified version string '${version}', version should be an integral value > 0`,
    );
  }
  return { name, version: number };
}
