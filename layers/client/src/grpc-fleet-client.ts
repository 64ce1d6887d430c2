import {
  decodeGetModelMetadataResponse,
  decodeGetModelStatusResponse,
  decodeHealthCheckResponse,
  decodePredictResponse,
  decodeRepositoryIndexResponse,
  encodeGetModelMetadataRequest,
  encodeGetModelStatusRequest,
  encodeHealthCheckRequest,
  encodePredictRequest,
  encodeRepositoryIndexRequest,
  type GetModelMetadataResponse,
  METADATA_FIELDS,
  type ModelIndex,
  type ModelVersionStatus,
  parseRoutingKey,
  ROUTING_KEY_HEADER,
  RPC_PATHS,
  type ServingStatus,
} from '@tensorfleet/codecs';
import {
  type Clock,
  Code,
  dataLoss,
  deadlineAfter,
  type ModelSpec,
  type NamedTensors,
  remainingMs,
  StatusError,
  systemClock,
} from '@tensorfleet/core';
import type { Channel, UnaryOptions } from './channel.ts';
import type { FleetCallOptions, FleetClient, ModelMetadata, Prediction, PredictOptions } from './fleet-client.ts';
import { createGrpcChannel, type GrpcChannelDependencies } from './grpc-channel.ts';
import type { GrpcChannelOptions } from './grpc-channel-options.ts';

/** How to reach the servers, or a channel that does, which belongs to the client from then on. */
export type FleetClientOptions = GrpcChannelOptions | { readonly channel: Channel };

export type FleetClientDependencies = GrpcChannelDependencies;

/** A client of a fleet; make one per process and keep it. Throws INVALID_ARGUMENT for options out of bounds. */
export function createFleetClient(
  options: FleetClientOptions,
  dependencies: FleetClientDependencies = { clock: systemClock },
): FleetClient {
  const channel = 'channel' in options ? options.channel : createGrpcChannel(options, dependencies);
  return new GrpcFleetClient(channel, dependencies.clock);
}

const DEFAULT_TIMEOUT_MS = 30_000;

class GrpcFleetClient implements FleetClient {
  readonly #channel: Channel;
  readonly #clock: Clock;

  constructor(channel: Channel, clock: Clock) {
    this.#channel = channel;
    this.#clock = clock;
  }

  async predict(modelSpec: ModelSpec, inputs: NamedTensors, options: PredictOptions = {}): Promise<Prediction> {
    const request = encodePredictRequest({ modelSpec, inputs, outputFilter: options.outputFilter ?? [] });
    return this.#call(RPC_PATHS.predict, request, decodePredictResponse, options);
  }

  async status(modelSpec: ModelSpec, options: FleetCallOptions = {}): Promise<readonly ModelVersionStatus[]> {
    const request = encodeGetModelStatusRequest({ modelSpec });
    return this.#call(RPC_PATHS.getModelStatus, request, decodeGetModelStatusResponse, options);
  }

  async metadata(modelSpec: ModelSpec, options: FleetCallOptions = {}): Promise<ModelMetadata> {
    const deadline = deadlineAfter(this.#clock, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const ask = (metadataFields: readonly string[]): Promise<GetModelMetadataResponse> => {
      const request = encodeGetModelMetadataRequest({ modelSpec, metadataFields });
      const left = { ...options, timeoutMs: remainingMs(this.#clock, deadline) };
      return this.#call(RPC_PATHS.getModelMetadata, request, decodeGetModelMetadataResponse, left);
    };
    const { signatures, pipeline } = METADATA_FIELDS;
    const answer = await ask([signatures, pipeline]).catch((reason: unknown) => {
      if (isUnknownField(reason, pipeline)) {
        return ask([signatures]);
      }
      throw reason;
    });
    return { ...answer, signatures: answer.signatures ?? new Map() };
  }

  async models(options: FleetCallOptions = {}): Promise<readonly ModelIndex[]> {
    const request = encodeRepositoryIndexRequest({ repositoryName: '', ready: false });
    return this.#call(RPC_PATHS.repositoryIndex, request, decodeRepositoryIndexResponse, options);
  }

  async health(options: FleetCallOptions = {}): Promise<ServingStatus> {
    const request = encodeHealthCheckRequest({ service: '' });
    const { status } = await this.#call(RPC_PATHS.healthCheck, request, decodeHealthCheckResponse, options);
    return status;
  }

  close(): Promise<void> {
    return this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel[Symbol.asyncDispose]();
  }

  async #call<T>(
    path: string,
    request: Uint8Array,
    decode: (answer: Uint8Array) => T,
    options: FleetCallOptions,
  ): Promise<T> {
    const answer = await this.#channel.unary(path, request, {
      timeoutMs: DEFAULT_TIMEOUT_MS,
      ...options,
      ...routingOf(options),
    });
    try {
      return decode(answer);
    } catch (reason) {
      // The caller of this client sent nothing wrong, so the decoder's INVALID_ARGUMENT must not reach it.
      throw dataLoss(`the answer of ${path} cannot be read: ${StatusError.from(reason).message}`, {}, reason);
    }
  }
}

/** Throws INVALID_ARGUMENT for what is no routing key. */
function routingOf({ metadata = new Map(), routingKey }: FleetCallOptions): Pick<UnaryOptions, 'metadata'> {
  const key = parseRoutingKey(routingKey);
  return key === undefined ? {} : { metadata: new Map([...metadata, [ROUTING_KEY_HEADER, key]]) };
}

/** TensorFlow Serving refuses the whole request when it does not know one of the fields. */
function isUnknownField(reason: unknown, field: string): boolean {
  return (
    StatusError.is(reason) &&
    reason.code === Code.InvalidArgument &&
    reason.message.includes(`Metadata field ${field} is not supported`)
  );
}
