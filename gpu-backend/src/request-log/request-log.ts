import { setImmediate as nextTurn } from 'node:timers/promises';
import { encodeCheckedTfRecord, extendCrc32c } from '@tensorfleet/codecs';
import { type Clock, type Logger, StatusError } from '@tensorfleet/core';
import type { RequestLogSink } from '../server/request-logger.ts';
import { LogFile, type LogFileLimits } from './log-file.ts';
import { logFileNames } from './log-file-names.ts';

export interface RequestLogOptions {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  readonly log: Logger;
  /** Disk space of one model's files; bytes. */
  readonly maxTotalBytes: number;
  /** Must not throw. */
  readonly onRecords?: (model: string, outcome: 'written' | 'dropped', records: number) => void;
  /** Default: 64 MiB, and the 1000 records that a file of warm-up requests may have. */
  readonly limits?: Partial<LogFileLimits>;
}

const DEFAULT_LIMITS = { maxFileBytes: 64 * 2 ** 20, maxFileRecords: 1000, maxFiles: 1000 };
/** Records that wait for the disk; what comes beyond is dropped. */
const MAX_QUEUED_BYTES = 64 * 2 ** 20;
/** What a record in the queue takes beside its bytes. */
const RECORD_BYTES = 256;
/** The checksum of more would take this thread for longer than a millisecond. */
const PIECE_BYTES = 2 ** 20;
/** Written at once. */
const MAX_WRITE_BYTES = 4 * 2 ** 20;
/** After a failed write nothing is written for as long. */
const PAUSE_MS = 10_000;
/** Between two lines that say how much was dropped. */
const REPORT_INTERVAL_MS = 60_000;
/** The time that shutdown gives a slow disk. */
const CLOSE_TIMEOUT_MS = 5000;

/** What is written to `<prefix>-...`. */
interface Target {
  readonly prefix: string;
  readonly files: Map<string, LogFile>;
  pausedUntil: number;
  /** A write failed, and none has succeeded since. */
  failing: boolean;
  /** Since the last line about it. */
  dropped: number;
  reportAt: number;
}

interface QueuedRecord {
  readonly target: Target;
  readonly model: string;
  readonly data: Uint8Array;
}

/**
 * Writes sampled requests to TFRecord files, one write at a time. Requests never wait for it: what does not fit into
 * the queue, or comes while the disk refuses writes, is dropped and counted.
 */
export class RequestLog implements RequestLogSink {
  readonly #options: RequestLogOptions;
  readonly #limits: LogFileLimits;
  readonly #targets = new Map<string, Target>();
  #queue: QueuedRecord[] = [];
  #queuedBytes = 0;
  #isDraining = false;
  #drained: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: RequestLogOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, maxTotalBytes: options.maxTotalBytes, ...options.limits };
  }

  write(prefix: string, model: string, encode: () => Uint8Array): void {
    const target = this.#targetOf(prefix);
    if (this.#closed || this.#options.clock.now() < target.pausedUntil || this.#queuedBytes >= MAX_QUEUED_BYTES) {
      this.#drop(target, model, 1);
      return;
    }
    const data = encode();
    this.#queue.push({ target, model, data });
    this.#queuedBytes += data.length + RECORD_BYTES;
    if (!this.#isDraining) {
      this.#isDraining = true;
      this.#drained = this.#drain();
    }
  }

  /** Resolves when nothing is queued any more. */
  flush(): Promise<void> {
    return this.#drained;
  }

  /** Writes what is queued, for up to five seconds; what comes later is dropped. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    const { clock, log } = this.#options;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    using _ = clock.schedule(CLOSE_TIMEOUT_MS, resolve);
    await Promise.race([this.flush(), late]);
    if (this.#queue.length > 0) {
      log.warn({ records: this.#queue.length }, 'the disk was too slow for the end of the request log');
    }
  }

  async #drain(): Promise<void> {
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      const { target, model, records } = next;
      try {
        await this.#fileOf(target, model).append(await Promise.all(records.map(framed)));
        this.#options.onRecords?.(model, 'written', records.length);
        this.#succeeded(target);
      } catch (reason) {
        this.#drop(target, model, records.length);
        this.#failed(target, reason);
      }
    }
    this.#isDraining = false; // in the same turn as the look into the empty queue
  }

  /** The oldest records, as far as they go to one file. */
  #take(): { readonly target: Target; readonly model: string; readonly records: readonly Uint8Array[] } | undefined {
    const [first] = this.#queue;
    if (first === undefined) {
      return undefined;
    }
    const { target, model } = first;
    let bytes = 0;
    const end = this.#queue.findIndex((queued) => {
      bytes += queued.data.length;
      return queued.target !== target || queued.model !== model || (bytes > MAX_WRITE_BYTES && queued !== first);
    });
    const taken = this.#queue.splice(0, end < 0 ? this.#queue.length : end);
    const records = taken.map(({ data }) => data);
    this.#queuedBytes -= records.reduce((sum, { length }) => sum + length + RECORD_BYTES, 0);
    return { target, model, records };
  }

  #failed(target: Target, reason: unknown): void {
    const { clock, log } = this.#options;
    target.pausedUntil = clock.now() + PAUSE_MS;
    const lost = this.#queue.filter((queued) => queued.target === target);
    this.#queue = this.#queue.filter((queued) => queued.target !== target);
    for (const { model, data } of lost) {
      this.#queuedBytes -= data.length + RECORD_BYTES;
      this.#drop(target, model, 1);
    }
    if (!target.failing) {
      target.failing = true;
      log.warn(
        { prefix: target.prefix, error: reason },
        `the request log cannot be written and pauses: ${StatusError.from(reason).message}`,
      );
    }
  }

  #succeeded(target: Target): void {
    const { clock, log } = this.#options;
    const { prefix, dropped } = target;
    if (target.failing) {
      log.info({ prefix, dropped }, 'the request log is written again');
    } else if (dropped > 0 && clock.now() >= target.reportAt) {
      log.warn({ prefix, dropped }, 'the disk is too slow for the request log: sampled requests were dropped');
    } else {
      return;
    }
    target.failing = false;
    target.dropped = 0;
    target.reportAt = clock.now() + REPORT_INTERVAL_MS;
  }

  #drop(target: Target, model: string, records: number): void {
    target.dropped += records;
    this.#options.onRecords?.(model, 'dropped', records);
  }

  #targetOf(prefix: string): Target {
    const known = this.#targets.get(prefix);
    if (known !== undefined) {
      return known;
    }
    const longAgo = Number.NEGATIVE_INFINITY;
    const target = { prefix, files: new Map(), pausedUntil: longAgo, failing: false, dropped: 0, reportAt: longAgo };
    this.#targets.set(prefix, target);
    return target;
  }

  #fileOf({ prefix, files }: Target, model: string): LogFile {
    const known = files.get(model);
    if (known !== undefined) {
      return known;
    }
    const file = new LogFile(logFileNames(prefix, model), this.#limits, this.#options.wallClock);
    files.set(model, file);
    return file;
  }
}

/** `data` as a record; requests get their turns while the checksum of large ones is computed. */
async function framed(data: Uint8Array): Promise<Uint8Array> {
  let crc = 0;
  for (let start = 0; start < data.length; start += PIECE_BYTES) {
    crc = extendCrc32c(crc, data.subarray(start, start + PIECE_BYTES));
    if (start + PIECE_BYTES < data.length) {
      await nextTurn();
    }
  }
  return encodeCheckedTfRecord(data, crc);
}
