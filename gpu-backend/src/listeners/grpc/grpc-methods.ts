import { type CallContext, unimplemented } from '@tensorfleet/core';
import type { MemoryShare } from '../request-memory.ts';

/**
 * One message in, one out. `message` belongs to the method; the answer must not change after it is returned. What the
 * method makes of the message beyond a few times its size it takes from `memory`, which is given back when it is done.
 * The call is answered without waiting when `context.signal` aborts, whatever the method does then.
 */
export type UnaryMethod = (message: Uint8Array, context: CallContext, memory: MemoryShare) => Promise<Uint8Array>;

export interface StreamContext extends CallContext {
  /**
   * Aborts when the call is over, and when its connection is about to close: a method that waits for news, which may
   * never come, then throws the reason.
   */
  readonly ending: AbortSignal;
}

/**
 * Messages in, messages out, each in order. A message is valid until the next one is asked for, and that is only sent
 * when the one before has left; the caller sends no more than the method takes. The call is answered without waiting
 * when `context.signal` aborts; the method sees it at its next request.
 */
export type StreamMethod = (requests: AsyncIterable<Uint8Array>, context: StreamContext) => AsyncIterable<Uint8Array>;

/** By :path, `/package.Service/Method`. */
export type UnaryMethods = ReadonlyMap<string, UnaryMethod>;

export type GrpcMethod =
  | { readonly kind: 'unary'; readonly run: UnaryMethod }
  | { readonly kind: 'stream'; readonly run: StreamMethod };

/** By :path. */
export type GrpcMethods = ReadonlyMap<string, GrpcMethod>;

export function unary(run: UnaryMethod): GrpcMethod {
  return { kind: 'unary', run };
}

export function unaryMethods(methods: UnaryMethods): GrpcMethods {
  return new Map([...methods].map(([path, run]) => [path, unary(run)]));
}

export function bidirectional(run: StreamMethod): GrpcMethod {
  return { kind: 'stream', run };
}

/** One message in, messages out. */
export function serverStreaming(
  run: (message: Uint8Array, context: StreamContext) => AsyncIterable<Uint8Array>,
): GrpcMethod {
  return bidirectional(async function* (requests, context) {
    for await (const message of requests) {
      yield* run(message, context);
      return;
    }
    throw unimplemented('the call has no request message, the method takes exactly one');
  });
}
