import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { notFound } from '@tensorfleet/core';
import {
  type IndexedModel,
  MANIFEST_NAME,
  MAX_MANIFEST_BYTES,
  type ObjectStore,
  parseManifest,
  readIndex,
  verifyManifest,
} from '@tensorfleet/repository';
import type { PublishedVersions } from './published-versions.ts';

/** The versions of a model in a store with an index. A version is fetched file by file and checked by its digests. */
export function storeVersions(store: ObjectStore, model: string): PublishedVersions {
  const indexed = async (signal: AbortSignal): Promise<IndexedModel | undefined> =>
    (await readIndex(store, signal))?.models.get(model);
  return {
    async list(signal) {
      const { versions = new Map(), labels = new Map() } = (await indexed(signal)) ?? {};
      return { versions: [...versions.keys()], labels };
    },
    async size(version, signal) {
      return (await indexed(signal))?.versions.get(version)?.bytes ?? 0;
    },
    async fetch(version, into, signal) {
      const prefix = `${model}/${version}`;
      const text = await manifestText(store, `${prefix}/${MANIFEST_NAME}`, signal);
      const manifest = parseManifest(text, `${store.url}/${prefix}/${MANIFEST_NAME}`);
      await writeFile(join(into, MANIFEST_NAME), text);
      for (const { path, bytes } of manifest.files ?? []) {
        const target = join(into, path);
        await mkdir(dirname(target), { recursive: true });
        // No byte more than the manifest lists, whatever the store holds; of nothing there is no range.
        const read = bytes === 0 ? [] : store.read(`${prefix}/${path}`, { end: bytes, signal });
        await pipeline(Readable.from(read), createWriteStream(target), { signal });
      }
      await verifyManifest(into, manifest);
      return into;
    },
  };
}

async function manifestText(store: ObjectStore, key: string, signal: AbortSignal): Promise<string> {
  const fetched = await store.get(key, { maxBytes: MAX_MANIFEST_BYTES, signal });
  if (fetched.kind !== 'found') {
    throw notFound(`"${store.url}/${key}" is missing, though the index names its version`);
  }
  return new TextDecoder().decode(fetched.data);
}
