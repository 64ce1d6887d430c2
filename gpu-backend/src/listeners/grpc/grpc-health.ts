import {
  decodeHealthCheckRequest,
  encodeHealthCheckResponse,
  encodeHealthListResponse,
  RPC_PATHS,
  type ServingStatus,
} from '@tensorfleet/codecs';
import { notFound } from '@tensorfleet/core';
import { modelReadiness, readiness } from '../../server/health.ts';
import type { ServerCore } from '../../server/server-core.ts';
import { type GrpcMethod, type GrpcMethods, type StreamContext, serverStreaming, unary } from './grpc-methods.ts';

/** The server, by the names that clients of TensorFlow Serving ask for, and by those of its services. */
const SERVER_NAMES: readonly string[] = [
  '',
  'ModelService',
  'PredictionService',
  'tensorflow.serving.ModelService',
  'tensorflow.serving.PredictionService',
  'inference.GRPCInferenceService',
];

/** grpc.health.v1: of the server, by its names, and of every configured model, by its own. */
export function healthMethods(core: ServerCore): GrpcMethods {
  return new Map<string, GrpcMethod>([
    [RPC_PATHS.healthCheck, unary(async (message) => check(core, message))],
    [RPC_PATHS.healthList, unary(async () => list(core))],
    [RPC_PATHS.healthWatch, serverStreaming((message, context) => watch(core, message, context))],
  ]);
}

function statusOf(core: ServerCore, service: string): ServingStatus {
  const ready = SERVER_NAMES.includes(service) ? readiness(core).ready : modelReadiness(core, service);
  return ready === undefined ? 'SERVICE_UNKNOWN' : ready ? 'SERVING' : 'NOT_SERVING';
}

function check(core: ServerCore, message: Uint8Array): Uint8Array {
  const { service } = decodeHealthCheckRequest(message);
  const status = statusOf(core, service);
  if (status === 'SERVICE_UNKNOWN') {
    throw notFound(`no model "${service}" is configured`, { model: service });
  }
  return encodeHealthCheckResponse({ status });
}

function list(core: ServerCore): Uint8Array {
  const services = [...SERVER_NAMES, ...core.configuredModels()];
  return encodeHealthListResponse(new Map(services.map((service) => [service, statusOf(core, service)])));
}

/** The status now, and whenever it has changed; a change that is undone before it could be sent is not news. */
async function* watch(core: ServerCore, message: Uint8Array, { ending }: StreamContext): AsyncGenerator<Uint8Array> {
  const { service } = decodeHealthCheckRequest(message);
  let told: ServingStatus | undefined;
  for (;;) {
    const status = statusOf(core, service);
    if (status === told) {
      ending.throwIfAborted();
      await nextChange(core, ending);
    } else {
      told = status;
      yield encodeHealthCheckResponse({ status });
    }
  }
}

/** Resolves after the next change, or when the signal aborts. */
async function nextChange(core: ServerCore, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => resolve();
  using _changes = core.monitor.onChange(resolve);
  signal.addEventListener('abort', stop, { once: true });
  await promise;
  signal.removeEventListener('abort', stop);
}
