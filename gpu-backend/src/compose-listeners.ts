import { totalmem } from 'node:os';
import type { Clock, Logger } from '@tensorfleet/core';
import { callObservers } from './call-observers.ts';
import type { ServerConfig } from './config/schema.ts';
import type { ServingFiles } from './config/serving-files.ts';
import type { SslConfig } from './config/ssl-config.ts';
import { createNodeHttp2Server } from './http2/node-http2-server.ts';
import { createAccessLog } from './listeners/access-log.ts';
import { parseChannelArguments } from './listeners/grpc/grpc-channel-arguments.ts';
import { createGrpcListener, type GrpcListener, type GrpcListenerOptions } from './listeners/grpc/grpc-listener.ts';
import { createGrpcServices } from './listeners/grpc/grpc-services.ts';
import { RequestMemory } from './listeners/request-memory.ts';
import { createRestListener, type RestListener } from './listeners/rest/rest-listener.ts';
import { createRestAdmission, createRestRoutes } from './listeners/rest/rest-routes.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { ServerCore } from './server/server-core.ts';
import { TlsFile } from './tls-file.ts';

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
  /** What watches their certificates. */
  readonly tlsFiles: readonly Disposable[];
}

/** Both protocols, at rest. Throws INVALID_ARGUMENT that names the flag for bad credentials and channel arguments. */
export function createListeners(files: ServingFiles, core: ServerCore, dependencies: ListenerDependencies): Listeners {
  const { config, metricsPath } = files;
  const grpcTls = tlsFileOf('ssl_config_file', config, files.grpcTls, dependencies);
  const restTls = tlsFileOf('rest_api_ssl_config_file', config, files.restTls, dependencies);
  const { metrics, clock, log } = dependencies;
  const maxBodyBytes = config.max_message_megabytes * BYTES_PER_MEGABYTE;
  const memory = new RequestMemory(requestMemoryBytes(maxBodyBytes));
  const observers = callObservers(metrics, config.access_log ? createAccessLog(log) : undefined);
  const grpc = createGrpcListener({
    maxMessageBytes: maxBodyBytes,
    ...grpcTransport(config, grpcTls, dependencies),
    methods: createGrpcServices(core, config.enable_serialization_as_tensor_content ? 'packed' : 'typed'),
    ...{ clock, log, memory },
    onCall: observers.grpc,
  });
  const rest = createRestListener({
    admission: createRestAdmission(core),
    handler: createRestRoutes(core, () => metrics.page(), {
      nonFiniteNumbers: config.rest_api_non_finite_numbers,
      allDTypes: config.rest_api_all_dtypes,
      metricsPath,
    }),
    ...{ clock, log, maxBodyBytes, memory },
    ...(restTls !== undefined && { tls: restTls }),
    corsOrigins: config.rest_api_cors_origins,
    onRequest: observers.rest,
    timeoutMs: config.rest_api_timeout_in_ms > 0 ? config.rest_api_timeout_in_ms : Number.POSITIVE_INFINITY,
  });
  return { grpc, rest, tlsFiles: [grpcTls, restTls].filter((file) => file !== undefined) };
}

function tlsFileOf(
  flag: 'ssl_config_file' | 'rest_api_ssl_config_file',
  config: ServerConfig,
  content: SslConfig | undefined,
  { clock, log }: ListenerDependencies,
): TlsFile | undefined {
  return content === undefined ? undefined : new TlsFile(content, { flag, path: config[flag], clock, log });
}

function grpcTransport(
  config: ServerConfig,
  tls: TlsFile | undefined,
  { clock, log }: ListenerDependencies,
): Pick<GrpcListenerOptions, 'server' | 'maxMessageBytes'> {
  const { http2, maxMessageBytes, withoutEffect } = parseChannelArguments(config.grpc_channel_arguments);
  if (withoutEffect.length > 0) {
    log.warn({ arguments: withoutEffect }, `grpc_channel_arguments: ${withoutEffect.join(', ')}: without effect here`);
  }
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
