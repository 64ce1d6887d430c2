import { setTimeout as delay } from 'node:timers/promises';
import { Storage } from '@google-cloud/storage';
import { Code, cancelled, StatusError } from '@tensorfleet/core';
import { gcsFaultOf } from './gcs-errors.ts';
import type { StoreObserver, StoreOperation } from './object-store.ts';
import { NO_FAULTS, storeFault, TIMEOUT } from './store-faults.ts';
import type { GcsSettings } from './store-settings.ts';

export interface GcsPlace {
  readonly bucket: string;
  /** Without slashes at its ends, perhaps empty. */
  readonly prefix: string;
}

export interface GcsCall {
  readonly operation: StoreOperation;
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
  /** Of the body that is sent, default 0. */
  readonly bytes?: number;
}

const MAX_ATTEMPTS = 4;
const FIRST_PAUSE_MS = 100;
/** Throttled clients wait longer, as Google asks for. */
const SLOW_PAUSE_MS = 1_000;
export const IDLE_TIMEOUT_MS = 20_000;

/**
 * Asks Google's library, which neither counts nor limits: every attempt is reported, retried with jittered back-off and
 * given up when nothing comes. Bytes are those of bodies; the library does not show headers.
 */
export class GcsRequests {
  readonly url: string;
  readonly #bucket: ReturnType<Storage['bucket']>;
  readonly #root: string;
  readonly #observer: StoreObserver;
  readonly #random: () => number;

  constructor({ bucket, prefix }: GcsPlace, { endpoint }: GcsSettings, observer: StoreObserver, random: () => number) {
    const storage = new Storage({
      ...(endpoint !== undefined && { apiEndpoint: endpoint, projectId: 'emulated' }),
      // Attempts are ours to count.
      retryOptions: { autoRetry: false },
    });
    if (endpoint !== undefined) {
      // Where STORAGE_EMULATOR_HOST is set the library takes it for the whole address of the API.
      storage.baseUrl = `${endpoint}/storage/v1`;
    }
    this.#bucket = storage.bucket(bucket);
    this.#root = prefix === '' ? '' : `${prefix}/`;
    this.url = prefix === '' ? `gs://${bucket}` : `gs://${bucket}/${prefix}`;
    this.#observer = observer;
    this.#random = random;
  }

  get bucket(): ReturnType<Storage['bucket']> {
    return this.#bucket;
  }

  file(key: string, generation?: string): ReturnType<ReturnType<Storage['bucket']>['file']> {
    return this.#bucket.file(this.fullKey(key), generation === undefined ? {} : { generation });
  }

  fullKey(key: string): string {
    return `${this.#root}${key}`;
  }

  keyOf(fullKey: string): string {
    return fullKey.slice(this.#root.length);
  }

  /** Runs `send` until it succeeds, fails for good or has failed too often. Rejects with StatusError. */
  async send<T>(call: GcsCall, send: () => Promise<T>, bytesOf: (answer: T) => number = sizeOf): Promise<T> {
    for (let attempts = 1; ; attempts++) {
      try {
        const answer = await this.#limit(call, send);
        this.report(call, bytesOf(answer));
        return answer;
      } catch (reason) {
        const error = this.error(reason, call);
        this.report(call, 0, error);
        if (error.code !== Code.Unavailable || attempts === MAX_ATTEMPTS) {
          throw error;
        }
        await this.pause(attempts, call, error.details['fault'] === 'slow_down' ? SLOW_PAUSE_MS : FIRST_PAUSE_MS);
      }
    }
  }

  /** Reports one request that is over. */
  report({ operation, bytes = 0 }: GcsCall, bytesReceived: number, error?: StatusError): void {
    const fault = error?.details['fault'];
    const isFault = fault !== undefined && !NO_FAULTS.has(fault);
    this.#observer({ operation, bytesSent: bytes, bytesReceived, ...(isFault && { fault }) });
  }

  error(reason: unknown, { key, signal }: Pick<GcsCall, 'key' | 'signal'>): StatusError {
    if (StatusError.is(reason)) {
      return reason;
    }
    const url = `${this.url}/${key}`;
    if (signal?.aborted) {
      return StatusError.is(signal.reason) ? signal.reason : cancelled(`"${url}" was cancelled`, { url }, reason);
    }
    const fault = gcsFaultOf(reason);
    return new StatusError(fault.code, `"${url}" ${fault.says}`, {
      details: { url, fault: fault.name },
      cause: reason,
    });
  }

  /** Jittered, and longer every time. */
  async pause(failures: number, call: Pick<GcsCall, 'key' | 'signal'>, firstMs = FIRST_PAUSE_MS): Promise<void> {
    const ms = firstMs * 2 ** (failures - 1) * (0.5 + this.#random() / 2);
    try {
      await delay(ms, undefined, call.signal === undefined ? {} : { signal: call.signal });
    } catch (reason) {
      throw this.error(reason, call);
    }
  }

  /** The library knows neither signals nor a limit of time: what it still does then is nobody's any more. */
  async #limit<T>({ key, signal, bytes = 0 }: GcsCall, send: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const over = new AbortController();
    const waits = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
    // A slow line still gets its time for a large body: a megabyte a second.
    const limit = delay(IDLE_TIMEOUT_MS + bytes / 1000, undefined, { signal: waits }).then(() => {
      throw storeFault(TIMEOUT, `${this.url}/${key}`);
    });
    limit.catch(() => undefined);
    try {
      return await Promise.race([send(), limit]);
    } finally {
      over.abort();
    }
  }
}

/** Of an answer in JSON, as good as it can be told. */
function sizeOf(answer: unknown): number {
  const parts: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
  const body = parts.at(-1);
  try {
    return JSON.stringify(body)?.length ?? 0;
  } catch {
    return 0;
  }
}
