import { parseRoutingKey, parseTraceContext, ROUTING_KEY_HEADER, TRACEPARENT_HEADER } from '@tensorfleet/codecs';
import { Code, StatusError, unimplemented } from '@tensorfleet/core';
import type { SentHeaders, ServerStream } from '../../http2/http2-server.ts';
import { fitRequestId, REQUEST_ID_HEADER } from '../request-id.ts';
import { type Decompress, decompressorOf } from './grpc-compression.ts';
import type { GrpcMethod, GrpcMethods } from './grpc-methods.ts';
import { parseGrpcTimeout } from './grpc-timeout.ts';

/** A call of a known method. */
export interface MethodRequest {
  readonly kind: 'call';
  readonly path: string;
  readonly method: GrpcMethod;
  /** Infinity when the caller set no deadline. */
  readonly timeoutMs: number;
  readonly routingKey: string | undefined;
  readonly decompress: Decompress | undefined;
}

/** What the headers of a stream ask for. `path` is undefined when it names no method. */
export type GrpcRequest =
  | MethodRequest
  | { readonly kind: 'not-grpc'; readonly httpStatus: number; readonly headers: SentHeaders }
  | { readonly kind: 'refused'; readonly path: string | undefined; readonly error: StatusError };

/** `application/grpc`, also with `+proto` and parameters; other message formats are another protocol. */
const GRPC_CONTENT_TYPE = /^application\/grpc(\+proto)?\s*(;.*)?$/i;

/**
 * Reads the head of a request; total. A missing `te: trailers` is tolerated, since nothing here depends on it
 * (the connection refuses other values of `te` as RFC 9113 demands).
 */
export function grpcRequestFrom(stream: ServerStream, methods: GrpcMethods): GrpcRequest {
  if (stream.method !== 'POST') {
    return { kind: 'not-grpc', httpStatus: 405, headers: { allow: 'POST' } };
  }
  if (!GRPC_CONTENT_TYPE.test(stream.headers.get('content-type') ?? '')) {
    return { kind: 'not-grpc', httpStatus: 415, headers: {} };
  }
  const { path } = stream;
  const method = methods.get(path);
  if (method === undefined) {
    const error = unimplemented(`this server has no method ${JSON.stringify(path.slice(0, 200))}`);
    return { kind: 'refused', path: undefined, error };
  }
  try {
    const timeoutMs = parseGrpcTimeout(stream.headers.get('grpc-timeout'));
    const decompress = decompressorOf(stream.headers.get('grpc-encoding'));
    const routingKey = parseRoutingKey(stream.headers.get(ROUTING_KEY_HEADER));
    return { kind: 'call', path, method, timeoutMs, routingKey, decompress };
  } catch (reason) {
    return { kind: 'refused', path, error: StatusError.from(reason, Code.Internal) };
  }
}

/** The caller's x-request-id when it is fit for logs and headers. */
export function requestIdFrom(stream: ServerStream): string | undefined {
  return fitRequestId(stream.headers.get(REQUEST_ID_HEADER));
}

/** The trace that the caller's traceparent names. */
export function traceIdFrom(stream: ServerStream): string | undefined {
  const header = stream.headers.get(TRACEPARENT_HEADER);
  return header === undefined ? undefined : parseTraceContext(header)?.traceId;
}
