import { cancelled } from '@tensorfleet/core';
import { type BlobDownloadOptions, type DownloadCount, downloadBlob } from './blob-download.ts';
import { contentId, type WantedObject } from './object-facts.ts';

interface Running {
  readonly count: DownloadCount;
  readonly result: Promise<string>;
  readonly stop: AbortController;
  waiting: number;
}

/** Called once for each download that is waited for; `isOwn`: it began with this call. */
export type OnJoin = (count: Readonly<DownloadCount>, isOwn: boolean) => void;

/** The downloads of this process: one for each content, for all that want it, as long as anybody does. */
export class Downloads {
  readonly #options: BlobDownloadOptions;
  readonly #running = new Map<string, Running>();

  constructor(options: BlobDownloadOptions) {
    this.#options = options;
  }

  /** As `downloadBlob`; a failure of somebody else's download, from another place perhaps, is no reason to fail. */
  async get(wanted: WantedObject, signal: AbortSignal, onJoin: OnJoin): Promise<string> {
    const id = contentId(wanted);
    for (;;) {
      const theirs = this.#running.get(id);
      if (theirs?.stop.signal.aborted) {
        await theirs.result.catch(() => undefined);
        continue;
      }
      const download = theirs ?? this.#begin(id, wanted);
      onJoin(download.count, theirs === undefined);
      try {
        return await waitFor(download, signal);
      } catch (reason) {
        if (theirs === undefined || signal.aborted) {
          throw reason;
        }
      }
    }
  }

  /** Stops all of them; resolves when they have ended. */
  async close(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { stop } of running) {
      stop.abort();
    }
    await Promise.allSettled(running.map(({ result }) => result));
  }

  #begin(id: string, wanted: WantedObject): Running {
    const count = { onDisk: 0, received: 0 };
    const stop = new AbortController();
    const result = downloadBlob(wanted, stop.signal, count, this.#options).finally(() => this.#running.delete(id));
    result.catch(() => undefined); // everybody may have gone
    const download = { count, result, stop, waiting: 0 };
    this.#running.set(id, download);
    return download;
  }
}

async function waitFor(download: Running, signal: AbortSignal): Promise<string> {
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(cancelled('the download was cancelled', {}, signal.reason));
  download.waiting += 1;
  signal.addEventListener('abort', leave, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([download.result, gone]);
  } finally {
    signal.removeEventListener('abort', leave);
    download.waiting -= 1;
    if (download.waiting === 0) {
      download.stop.abort();
    }
  }
}
