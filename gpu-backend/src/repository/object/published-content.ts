import { createHash } from 'node:crypto';
import { dataLoss, failedPrecondition, notFound, type Version } from '@tensorfleet/core';
import {
  ALL_FORMATS,
  formatModelFiles,
  type IndexedVersion,
  MANIFEST_NAME,
  MAX_MANIFEST_BYTES,
  type Manifest,
  modelFilesAmong,
  type ObjectStore,
  parseManifest,
} from '@tensorfleet/repository';
import type { DescribedVersion, VersionContent } from './version-content.ts';

/** A version as an index names it; its manifest is read, and must be that of the index, when it is fetched. */
export function indexedContent(
  store: ObjectStore,
  directory: string,
  version: Version,
  { manifest: digest, bytes }: IndexedVersion,
): VersionContent {
  return {
    version,
    id: digest,
    look: digest,
    describe: async (signal) => {
      const prefix = `${directory}/${version}/`;
      const place = `${store.url}/${prefix}`;
      const { text, sha256 } = await readManifestText(store, `${prefix}${MANIFEST_NAME}`, signal);
      if (sha256 !== digest) {
        const message = `"${place}${MANIFEST_NAME}" has another digest than the index names, ${digest}`;
        throw dataLoss(message, { fault: 'wrong_manifest' });
      }
      const manifest = parseManifest(text, place + MANIFEST_NAME);
      const described = describeListed(prefix, place, manifest, text);
      const listed = described.files.reduce((sum, file) => sum + file.bytes, 0);
      if (listed !== bytes) {
        const message = `"${place}" has ${listed} bytes by its manifest, and ${bytes} by the index`;
        throw dataLoss(message, { fault: 'wrong_manifest' });
      }
      return described;
    },
  };
}

/** What a manifest lists. Throws FAILED_PRECONDITION when there is no model among it. */
export function describeListed(prefix: string, place: string, manifest: Manifest, text: string): DescribedVersion {
  const files = manifest.files ?? [];
  checkModelFiles(place, files);
  return { prefix, files, manifest, manifestText: text };
}

/** Throws FAILED_PRECONDITION unless a model is among these files; an empty one is none yet. */
function checkModelFiles(place: string, files: readonly { readonly path: string; readonly bytes: number }[]): void {
  const paths = files.filter(({ bytes }) => bytes > 0).map(({ path }) => path);
  if (modelFilesAmong(paths, ALL_FORMATS).length === 0) {
    throw failedPrecondition(`"${place}" holds no model (${formatModelFiles()})`);
  }
}

export interface ManifestText {
  readonly text: string;
  /** Of its bytes, lower-case hex. */
  readonly sha256: string;
}

/** Rejects with NOT_FOUND for none. */
export async function readManifestText(store: ObjectStore, key: string, signal?: AbortSignal): Promise<ManifestText> {
  const fetched = await store.get(key, { maxBytes: MAX_MANIFEST_BYTES, ...(signal && { signal }) });
  if (fetched.kind !== 'found') {
    throw notFound(`"${store.url}/${key}" does not exist`, { fault: 'missing_manifest' });
  }
  const sha256 = createHash('sha256').update(fetched.data).digest('hex');
  return { text: new TextDecoder().decode(fetched.data), sha256 };
}
