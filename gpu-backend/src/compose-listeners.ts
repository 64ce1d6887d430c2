import { totalmem } from 'node:os';
import type { Clock, Logger } from '@tensorfleet/core';
import { callObservers } from './call-observers.ts';
import type { ServingFiles } from './config/serving-files.ts';
import { createNodeHttp2Server } from './http2/node-http2-server.ts';
import { tlsOptionsFrom } from './http2/tls-credentials.ts';
import { createAccessLog } from './listeners/access-log.ts';
import { parseChannelArguments } from './listeners/grpc-channel-arguments.ts';
import { createGrpcListener, type GrpcListener, type GrpcListenerOptions } from './listeners/grpc-listener.ts';
import { createGrpcServices } from './listeners/grpc-services.ts';
import { RequestMemory } from './listeners/request-memory.ts';
import { createRestListener, type RestListener } from './listeners/rest-listener.ts';
import { createRestRoutes } from './listeners/rest-routes.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { ServerCore } from './server/server-core.ts';

/** Warm clients behind DNS find new servers when their connections end. */
const MAX_CONNECTION_AGE_MS = 30_000;
/** Of the memory that this process may use. */
const REQUEST_MEMORY_SHARE = 1 / 4;
/** What one request may hold, in largest messages: zipped, unzipped, and its tensors twice as large. */
const LARGEST_REQUEST_MESSAGES = 4;
const BYTES_PER_MEGABYTE = 2 ** 20;

/** gRPC's own: dead peers are found, live ones are not bothered. */
const KEEPALIVE_TIME_MS = 7_200_000;

interface ListenerDependencies {
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Listeners {
  readonly grpc: GrpcListener;
  readonly rest: RestListener;
}

/** Both protocols, at rest. Throws INVALID_ARGUMENT that names the flag for bad credentials and channel arguments. */
export function createListeners(files: ServingFiles, core: ServerCore, dependencies: ListenerDependencies): Listeners {
  const { config, metricsPath, restTls } = files;
  const { metrics, clock, log } = dependencies;
  const maxBodyBytes = config.max_message_megabytes * BYTES_PER_MEGABYTE;
  const memory = new RequestMemory(requestMemoryBytes(maxBodyBytes));
  const observers = callObservers(metrics, config.access_log ? createAccessLog(log) : undefined);
  const grpc = createGrpcListener({
    maxMessageBytes: maxBodyBytes,
    ...grpcTransport(files, clock, log),
    methods: createGrpcServices(core, config.enable_serialization_as_tensor_content ? 'packed' : 'typed'),
    ...{ clock, log, memory },
    onCall: observers.grpc,
  });
  const rest = createRestListener({
    handler: createRestRoutes(core, () => metrics.page(), {
      nonFiniteNumbers: config.rest_api_non_finite_numbers,
      allDTypes: config.rest_api_all_dtypes,
      metricsPath,
    }),
    ...{ clock, log, maxBodyBytes, memory },
    ...(restTls !== undefined && { tls: tlsOptionsFrom(restTls, 'rest_api_ssl_config_file') }),
    corsOrigins: config.rest_api_cors_origins,
    onRequest: observers.rest,
    timeoutMs: config.rest_api_timeout_in_ms > 0 ? config.rest_api_timeout_in_ms : Number.POSITIVE_INFINITY,
  });
  return { grpc, rest };
}

function grpcTransport(
  { config, grpcTls }: ServingFiles,
  clock: Clock,
  log: Logger,
): Pick<GrpcListenerOptions, 'server' | 'maxMessageBytes'> {
  const { http2, maxMessageBytes, withoutEffect } = parseChannelArguments(config.grpc_channel_arguments);
  if (withoutEffect.length > 0) {
    log.warn({ arguments: withoutEffect }, `grpc_channel_arguments: ${withoutEffect.join(', ')}: without effect here`);
  }
  const tls = grpcTls === undefined ? undefined : tlsOptionsFrom(grpcTls, 'ssl_config_file');
  const server = createNodeHttp2Server(
    { clock, random: Math.random, ...(tls !== undefined && { tls }) },
    { maxConnectionAgeMs: MAX_CONNECTION_AGE_MS, keepaliveTimeMs: KEEPALIVE_TIME_MS, ...http2 },
  );
  return { server, ...(maxMessageBytes !== undefined && { maxMessageBytes }) };
}

/**
 * What all requests may hold: a quarter of this process's memory, since beside it there are copies of the same data in
 * batches and answers. One request of the largest size always fits.
 */
function requestMemoryBytes(maxMessageBytes: number): number {
  const available = Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem());
  return Math.max(Math.floor(available * REQUEST_MEMORY_SHARE), LARGEST_REQUEST_MESSAGES * maxMessageBytes);
}
