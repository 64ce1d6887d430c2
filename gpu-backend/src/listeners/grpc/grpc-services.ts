import {
  decodeGetModelMetadataRequest,
  decodeGetModelStatusRequest,
  decodePredictRequest,
  decodeReloadConfigRequest,
  decodeRepositoryIndexRequest,
  encodeGetModelMetadataResponse,
  encodeGetModelStatusResponse,
  encodePredictResponse,
  encodeReloadConfigResponse,
  encodeRepositoryIndexResponse,
  METADATA_FIELDS,
  type ModelIndex,
  peekModelSpec,
  RPC_PATHS,
  type TensorContent,
} from '@tensorfleet/codecs';
import { type CallContext, Code, failedPrecondition, invalidArgument } from '@tensorfleet/core';
import { admit } from '../../server/admission.ts';
import { checkMetadataFields, listModels, modelMetadata, modelStatus } from '../../server/model-info.ts';
import { predict } from '../../server/predict.ts';
import type { Api } from '../../server/request-observer.ts';
import { checkSpec, type ServerCore } from '../../server/server-core.ts';
import type { MemoryShare } from '../request-memory.ts';
import { exampleMethods } from './grpc-examples.ts';
import { healthMethods } from './grpc-health.ts';
import { type GrpcMethods, type UnaryMethod, unaryMethods } from './grpc-methods.ts';
import { oipMethods } from './grpc-oip.ts';
import { reflectionMethods } from './reflection/grpc-reflection.ts';

/** The server's use cases as gRPC methods: bytes in, bytes out. `content`: how Predict answers with tensors. */
export function createGrpcServices(core: ServerCore, content: TensorContent = 'typed'): GrpcMethods {
  const inference = new Map<string, UnaryMethod>([
    [RPC_PATHS.predict, (message, context, memory) => predictMethod(core, content, message, context, memory)],
    ...exampleMethods(core),
  ]);
  const methods = new Map<string, UnaryMethod>([
    ...Array.from(inference, ([path, method]) => [path, admitted(core, path, method)] as const),
    [RPC_PATHS.getModelStatus, async (message) => statusMethod(core, message)],
    [RPC_PATHS.getModelMetadata, async (message, context) => metadataMethod(core, message, context)],
    [RPC_PATHS.handleReloadConfig, (message, context) => reloadMethod(core, message, context)],
    ...oipMethods(core),
    [RPC_PATHS.repositoryIndex, async (message) => repositoryIndexMethod(core, message)],
  ]);
  const described = new Map([...unaryMethods(methods), ...healthMethods(core)]);
  return new Map([...described, ...reflectionMethods(described.keys())]);
}

/** Methods whose requests begin with the model that they are for. */
const API_OF: ReadonlyMap<string, Api> = new Map([
  [RPC_PATHS.predict, 'Predict'],
  [RPC_PATHS.classify, 'Classify'],
  [RPC_PATHS.regress, 'Regress'],
]);

/** The method, which is not asked where the queue of its model is too long: nothing behind the model's name is read then. */
function admitted(core: ServerCore, path: string, method: UnaryMethod): UnaryMethod {
  const api = API_OF.get(path);
  return async (message, context, memory) => {
    const refusal = api && admit(core, { modelSpec: peekModelSpec(message), api, entrypoint: 'GRPC' }, context);
    if (refusal !== undefined) {
      throw refusal;
    }
    return method(message, context, memory);
  };
}

async function predictMethod(
  core: ServerCore,
  content: TensorContent,
  message: Uint8Array,
  context: CallContext,
  memory: MemoryShare,
): Promise<Uint8Array> {
  const request = decodePredictRequest(message, { onAllocate: (bytes) => memory.take(bytes) });
  const result = await predict(
    core,
    {
      modelSpec: request.modelSpec,
      outputFilter: request.outputFilter,
      entrypoint: 'GRPC',
      inputsFor: () => request.inputs,
      unknownSignature: (name) => failedPrecondition(`Serving signature key "${name}" not found.`),
    },
    context,
  );
  const { name, version, signatureName, outputs } = result;
  return encodePredictResponse({ modelSpec: { name, version, signatureName }, outputs }, { content });
}

function statusMethod(core: ServerCore, message: Uint8Array): Uint8Array {
  return encodeGetModelStatusResponse(modelStatus(core, decodeGetModelStatusRequest(message).modelSpec));
}

function metadataMethod(core: ServerCore, message: Uint8Array, { routingKey }: CallContext): Uint8Array {
  const { modelSpec, metadataFields } = decodeGetModelMetadataRequest(message);
  checkSpec(modelSpec);
  checkMetadataFields(metadataFields, Object.values(METADATA_FIELDS));
  const { name, version, signatures, pipeline, engine } = modelMetadata(core, modelSpec, routingKey);
  return encodeGetModelMetadataResponse({
    modelSpec: { name, version },
    ...(metadataFields.includes(METADATA_FIELDS.signatures) && { signatures }),
    ...(metadataFields.includes(METADATA_FIELDS.pipeline) && pipeline !== undefined && { pipeline }),
    ...(metadataFields.includes(METADATA_FIELDS.engine) && { engine: JSON.stringify(engine) }),
  });
}

/** Counts no metrics: their increase during the reload would mix in that of the requests beside it. */
async function reloadMethod(core: ServerCore, message: Uint8Array, { signal }: CallContext): Promise<Uint8Array> {
  const { config } = decodeReloadConfigRequest(message);
  if (config?.kind !== 'list') {
    throw invalidArgument(
      'ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently supported',
    );
  }
  await core.reload(config, signal);
  return encodeReloadConfigResponse({ errorCode: Code.Ok, errorMessage: '' });
}

function repositoryIndexMethod(core: ServerCore, message: Uint8Array): Uint8Array {
  const { ready } = decodeRepositoryIndexRequest(message);
  const versions = listModels(core).flatMap(({ name, versions }) =>
    versions.map(({ version, state, errorMessage: reason, labels }): ModelIndex => {
      const index = { name, version: String(version), state: INDEX_STATE[state], reason };
      return labels === undefined ? index : { ...index, labels };
    }),
  );
  return encodeRepositoryIndexResponse(
    ready ? versions.filter(({ state }) => state === INDEX_STATE.AVAILABLE) : versions,
  );
}

/** Triton's names for the states of a version. */
const INDEX_STATE = {
  START: 'LOADING',
  LOADING: 'LOADING',
  AVAILABLE: 'READY',
  UNLOADING: 'UNLOADING',
  END: 'UNAVAILABLE',
} as const;
