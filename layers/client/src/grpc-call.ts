import { Client, connectivityState, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { Code, cancelled, codeFromNumber, deadlineExceeded, NO_BACKEND, StatusError } from '@tensorfleet/core';
import type { UnaryOptions } from './channel.ts';
import { grpcJsOptions, type ResolvedGrpcChannelOptions } from './grpc-channel-options.ts';

/** A grpc-js client; it connects with its first call. */
export function openClient(options: ResolvedGrpcChannelOptions): Client {
  return new Client(options.target, credentials.createInsecure(), grpcJsOptions(options));
}

/** One call, as `Channel.unary` promises it. */
export function callOnce(
  client: Client,
  path: string,
  message: Uint8Array,
  options: UnaryOptions,
): Promise<Uint8Array> {
  const { timeoutMs, signal } = options;
  if (signal?.aborted === true) {
    return Promise.reject(reasonOf(signal));
  }
  if (timeoutMs !== undefined && timeoutMs <= 0) {
    return Promise.reject(deadlineExceeded('the deadline of the request has passed'));
  }
  return new Promise((resolve, reject) => {
    const abort = (): void => open.cancel();
    const done = (error: ServiceError | null, answer?: Uint8Array): void => {
      signal?.removeEventListener('abort', abort);
      if (error === null && answer !== undefined) {
        resolve(answer);
      } else {
        const isWaiting = (timeoutMs ?? 0) >= MIN_CONNECTING_MS && !isConnected(client);
        reject(errorOf(error, signal, isWaiting));
      }
    };
    const metadata = metadataOf(options.metadata);
    // grpc-js compares deadlines with the wall clock.
    const callOptions = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
    const open = client.makeUnaryRequest(path, bufferOf, bytesOf, message, metadata, callOptions, done);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function metadataOf(entries: ReadonlyMap<string, string> = new Map()): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of entries) {
    metadata.set(name, value);
  }
  return metadata;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Without Buffer's own methods, of which `slice` means something else. */
function bytesOf(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** `isWaiting`: no connection stands, and there was time to open one. */
function errorOf(error: ServiceError | null, signal: AbortSignal | undefined, isWaiting: boolean): StatusError {
  if (error === null) {
    return new StatusError(Code.Internal, 'the server answered OK without a message');
  }
  const code = codeFromNumber(error.code);
  const reason =
    code === Code.Cancelled && signal?.aborted === true
      ? reasonOf(signal)
      : new StatusError(code, error.details, { cause: error });
  switch (reason.code) {
    case Code.Unavailable:
      return UNREACHED.test(reason.message) ? unreached(reason, NO_CONNECTION.test(reason.message)) : reason;
    case Code.DeadlineExceeded:
      return isWaiting ? new StatusError(reason.code, reason.message, { details: NO_BACKEND, cause: reason }) : reason;
    default:
      return reason;
  }
}

/** A call that had less time than this says nothing about the servers. */
const MIN_CONNECTING_MS = 1_000;

function isConnected(client: Client): boolean {
  return client.getChannel().getConnectivityState(false) === connectivityState.READY;
}

/** What grpc-js itself says when no connection stands, and when one breaks. */
const NO_CONNECTION = /No connection established|Name resolution failed/;
const UNREACHED = /No connection established|Name resolution failed|Connection dropped|\bE(CONN|HOST|NET|PIPE)[A-Z]*\b/;

/** Without the addresses that grpc-js names, which callers of a gateway should not see. */
function unreached(cause: StatusError, isNoBackend: boolean): StatusError {
  const details = isNoBackend ? NO_BACKEND : {};
  return new StatusError(cause.code, 'no server of the fleet can be reached', { details, cause });
}

function reasonOf(signal: AbortSignal): StatusError {
  const { reason } = signal;
  return reason instanceof Error ? StatusError.from(reason, Code.Cancelled) : cancelled('the call was cancelled');
}
