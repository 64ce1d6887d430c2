import { version } from '@tensorfleet/core';
import { createVersionCache } from '@tensorfleet/gpu-backend';
import { openObjectStore } from '@tensorfleet/repository';

/** What is fetched, as JSON in the only argument. */
export interface FetchOrder {
  /** The cache. */
  readonly directory: string;
  readonly port: number;
  readonly bytes: number;
  readonly sha256: string;
  /** As in VersionCacheOptions. */
  readonly rangeBytes?: number;
}

/** How far it is, and how it went. */
export type FetchReport =
  | { readonly kind: 'received'; readonly bytes: number }
  | { readonly kind: 'done'; readonly ms: number; readonly receivedBytes: number; readonly peakMegabytes: number };

const { directory, port, bytes, sha256, ...options }: FetchOrder = JSON.parse(process.argv[2] ?? '');
const report = (message: FetchReport): void => void process.send?.(message);

let received = 0;
const store = await openObjectStore('s3://bench', {
  environment: { S3_ENDPOINT: `http://127.0.0.1:${port}`, AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' },
  observer: ({ bytesReceived }) => {
    received += bytesReceived;
    report({ kind: 'received', bytes: received });
  },
});
const cache = createVersionCache({ ...options, directory, isPrivate: false, maxBytes: Number.POSITIVE_INFINITY });
const files = [{ path: 'model.onnx', bytes, sha256 }];
const began = performance.now();
const { receivedBytes } = await cache.fetch(
  { store, model: 'bench', version: version(1), prefix: 'bench/1/', files },
  new AbortController().signal,
);
const ms = performance.now() - began;
// Kilobytes, which Node has made of what the system says.
report({ kind: 'done', ms, receivedBytes, peakMegabytes: process.resourceUsage().maxRSS / 1_024 });
await cache.close();
store.close();
process.disconnect();
