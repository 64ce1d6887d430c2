import type { Clock } from '@tensorfleet/core';
import type { RepositoryLog } from '../repository-log.ts';
import type { DownloadCount } from './blob-download.ts';

const LINE_MS = 10_000;

export interface FetchProgressOptions {
  readonly clock: Clock;
  readonly log: RepositoryLog;
  /** `version 3 of model "mnist"`. */
  readonly what: string;
  /** Bytes of what is missing; each content counts once. */
  readonly wantedBytes: number;
  /** How much of it earlier downloads seem to have left on the disk. */
  readonly resumableBytes: number;
}

/** How far a fetch is; says so in the log every 10 s, until it is disposed. */
export class FetchProgress implements Disposable {
  readonly #options: FetchProgressOptions;
  readonly #began: number;
  readonly #counts = new Map<Readonly<DownloadCount>, boolean>();
  #timer: Disposable;
  #before = 0;

  constructor(options: FetchProgressOptions) {
    this.#options = options;
    this.#began = options.clock.now();
    this.#timer = this.#arm();
  }

  /** A download is waited for; `isOwn`: it began for this fetch. */
  join(count: Readonly<DownloadCount>, isOwn: boolean): void {
    this.#counts.set(count, isOwn);
  }

  /** Bytes that came from the store for this fetch, also those that had to be fetched twice. */
  get received(): number {
    return [...this.#counts].reduce((sum, [{ received }, isOwn]) => sum + (isOwn ? received : 0), 0);
  }

  /** Bytes that are still to come, as far as is known. */
  get left(): number {
    const { wantedBytes, resumableBytes } = this.#options;
    return Math.max(wantedBytes - Math.max(this.#there(), resumableBytes), 0);
  }

  get elapsedMs(): number {
    return this.#options.clock.now() - this.#began;
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #there(): number {
    return [...this.#counts.keys()].reduce((sum, { onDisk, received }) => sum + onDisk + received, 0);
  }

  #arm(): Disposable {
    return this.#options.clock.schedule(LINE_MS, () => {
      this.#timer = this.#arm();
      this.#say();
    });
  }

  #say(): void {
    const { log, what, wantedBytes } = this.#options;
    const received = [...this.#counts.keys()].reduce((sum, count) => sum + count.received, 0);
    const perSecond = ((received - this.#before) * 1_000) / LINE_MS;
    this.#before = received;
    const percent = Math.floor((100 * (wantedBytes - this.left)) / Math.max(wantedBytes, 1));
    log.info(
      { percent, bytes: wantedBytes, bytesPerSecond: perSecond },
      `fetching ${what}: ${percent} % of ${megabytes(wantedBytes)} MB, ${megabytes(perSecond)} MB/s`,
    );
  }
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
