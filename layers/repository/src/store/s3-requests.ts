import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { StoreObserver, StoreOperation } from './object-store.ts';
import { faultOf, s3Error } from './s3-errors.ts';
import { NO_FAULTS } from './store-faults.ts';

/** Where a store's objects lie. */
export interface S3Place {
  readonly bucket: string;
  /** Without slashes at its ends, perhaps empty. */
  readonly prefix: string;
}

export interface S3Call {
  readonly operation: StoreOperation;
  /** Or the prefix of a listing. */
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
  /** The answer has a body that the caller reads, and reports. */
  readonly hasBody?: boolean;
}

/** One call of the SDK, which makes one request or, when it tries again, several. */
export interface CallTrace {
  /** Requests that have been sent, as far as known. */
  attempts: number;
  /** The connection of the last answer. */
  socket: Socket | undefined;
  /** Of an answer whose body is still to be read: reports the request, once. */
  finish: (fault?: string) => void;
}

const FIRST_PAUSE_MS = 100;

/** Sends requests for objects of one place, reports each, and turns what they reject with into StatusError. */
export class S3Requests {
  readonly url: string;
  readonly client: S3Client;
  readonly bucket: string;
  readonly #root: string;
  readonly #observer: StoreObserver;
  readonly #random: () => number;
  readonly #calls = new AsyncLocalStorage<{ readonly call: S3Call; readonly trace: CallTrace }>();
  /** Bytes that a connection had seen when its last request was over. */
  readonly #seen = new WeakMap<Socket, { readonly sent: number; readonly received: number }>();

  constructor(client: S3Client, { bucket, prefix }: S3Place, observer: StoreObserver, random: () => number) {
    this.client = client;
    this.bucket = bucket;
    this.#root = prefix === '' ? '' : `${prefix}/`;
    this.url = prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
    this.#observer = observer;
    this.#random = random;
    this.#watch();
  }

  /** What S3 calls an object of ours, as the SDK's commands want it. */
  target(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.bucket, Key: this.fullKey(key) };
  }

  fullKey(key: string): string {
    return `${this.#root}${key}`;
  }

  keyOf(fullKey: string): string {
    return fullKey.slice(this.#root.length);
  }

  /** Runs `send`, which calls the client once. Rejects with StatusError. */
  async send<T>(call: S3Call, send: (options: { abortSignal?: AbortSignal }) => Promise<T>): Promise<T> {
    return (await this.trace(call, send)).answer;
  }

  /** `send`, and how it went: also when it rejects, `trace` is what happened until then. */
  async trace<T>(
    call: S3Call,
    send: (options: { abortSignal?: AbortSignal }) => Promise<T>,
    trace: CallTrace = { attempts: 0, socket: undefined, finish: () => undefined },
  ): Promise<{ readonly answer: T; readonly trace: CallTrace }> {
    const { signal } = call;
    try {
      signal?.throwIfAborted();
      const answer = await this.#calls.run({ call, trace }, () =>
        send(signal === undefined ? {} : { abortSignal: signal }),
      );
      return { answer, trace };
    } catch (reason) {
      throw this.error(reason, call);
    }
  }

  error(reason: unknown, { key, signal }: Pick<S3Call, 'key' | 'signal'>): ReturnType<typeof s3Error> {
    return s3Error(reason, { url: `${this.url}/${key}`, signal, nowMs: Date.now() });
  }

  /** Waits before something is tried again: longer every time, and jittered, so that clients do not come back as one. */
  async pause(failures: number, call: Pick<S3Call, 'key' | 'signal'>): Promise<void> {
    const ms = FIRST_PAUSE_MS * 2 ** (failures - 1) * (0.5 + this.#random() / 2);
    try {
      await delay(ms, undefined, call.signal === undefined ? {} : { signal: call.signal });
    } catch (reason) {
      throw this.error(reason, call);
    }
  }

  /** Sees every attempt, beneath the SDK's retries, after its answer is read; and, deepest, its connection. */
  #watch(): void {
    const { middlewareStack } = this.client;
    middlewareStack.add(
      (next) => async (args) => {
        const current = this.#calls.getStore();
        if (current === undefined) {
          return await next(args);
        }
        const { call, trace } = current;
        trace.attempts++;
        trace.socket = undefined;
        try {
          const result = await next(args);
          trace.finish = this.#reporter(call, args.request, trace.socket);
          if (call.hasBody !== true) {
            trace.finish();
          }
          return result;
        } catch (reason) {
          const { name } = faultOf(reason);
          this.#reporter(call, args.request, trace.socket)(NO_FAULTS.has(name) ? undefined : name);
          throw reason;
        }
      },
      { step: 'deserialize', priority: 'high', name: 'tensorfleetObserver' },
    );
    middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const current = this.#calls.getStore();
        if (current !== undefined) {
          current.trace.socket = socketOf(result.response);
        }
        return result;
      },
      { step: 'deserialize', priority: 'low', name: 'tensorfleetConnection' },
    );
  }

  #reporter(call: S3Call, request: unknown, socket: Socket | undefined): (fault?: string) => void {
    let isReported = false;
    return (fault) => {
      if (isReported) {
        return;
      }
      isReported = true;
      const bytes = socket === undefined ? { sent: requestBytes(request), received: 0 } : this.#bytesOf(socket);
      this.#observer({
        operation: call.operation,
        bytesSent: bytes.sent,
        bytesReceived: bytes.received,
        ...(fault !== undefined && { fault }),
      });
    };
  }

  /** What has gone over a connection since its last request, headers included: a connection serves one at a time. */
  #bytesOf(socket: Socket): { readonly sent: number; readonly received: number } {
    const before = this.#seen.get(socket) ?? { sent: 0, received: 0 };
    const now = { sent: socket.bytesWritten, received: socket.bytesRead };
    this.#seen.set(socket, now);
    return { sent: now.sent - before.sent, received: now.received - before.received };
  }
}

/** The connection of an answer as the SDK's handler for Node gives it. */
function socketOf(response: unknown): Socket | undefined {
  // The handler types it as unknown; a response of Node has a body that is an IncomingMessage.
  return (response as { readonly body?: Partial<IncomingMessage> } | undefined)?.body?.socket;
}

/** Of a request that was never answered: what it would have sent. An estimate, as the connection is gone. */
function requestBytes(request: unknown): number {
  // Requests of the SDK have headers; one that has none is counted as nothing.
  const { headers = {} } = request as { readonly headers?: Readonly<Record<string, string>> };
  const head = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + String(value).length + 4, 0);
  return head + Number(headers['content-length'] ?? 0);
}
