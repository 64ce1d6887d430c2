import { createHash } from 'node:crypto';
import type { ObjectStore } from '@tensorfleet/repository';

/** An object that is wanted, wherever it lies in versions. It has a digest or an etag. */
export interface WantedObject {
  readonly store: ObjectStore;
  readonly key: string;
  readonly bytes: number;
  readonly sha256?: string;
  readonly etag?: string;
}

/** `s3://bucket/prefix/mnist/7/model.onnx`, as people know it. */
export function placeOf({ store, key }: WantedObject): string {
  return `${store.url}/${key}`;
}

/** Equal for equal content: the digest, or where nobody knows it, which object it is in which state. 64 hex digits. */
export function contentId({ store, key, bytes, sha256, etag }: WantedObject): string {
  const facts = JSON.stringify([store.url, key, bytes, etag]);
  return sha256 ?? createHash('sha256').update(facts).digest('hex');
}
