import { CLAIM_NAME, type Claim, MAX_CLAIM_BYTES, parseClaim } from '../format/claim.ts';
import { MANIFEST_NAME, MAX_MANIFEST_BYTES } from '../format/manifest.ts';
import type { ObjectFacts, ObjectStore } from '../store/object-store.ts';

/** Where one version lies in a store, and what publishers find there. */
export interface VersionPlace {
  /** `s3://bucket/prefix/model/7/`, for people. */
  readonly url: string;
  /** Of its keys, with a slash at its end. */
  readonly prefix: string;
}

export function versionPlace(store: ObjectStore, model: string, version: number | string): VersionPlace {
  const prefix = `${model}/${version}/`;
  return { url: `${store.url}/${prefix}`, prefix };
}

/** Everything below a version's prefix, by its path in the version. */
export async function objectsAt(
  store: ObjectStore,
  { prefix }: Pick<VersionPlace, 'prefix'>,
  signal?: AbortSignal,
): Promise<Map<string, ObjectFacts>> {
  const objects = new Map<string, ObjectFacts>();
  for await (const page of store.list(prefix, signal ? { signal } : {})) {
    for (const object of page.objects) {
      objects.set(object.key.slice(prefix.length), object);
    }
  }
  return objects;
}

/** The claim of whoever publishes the version. Throws like `parseClaim`, RESOURCE_EXHAUSTED, and what the store says. */
export async function claimAt(
  store: ObjectStore,
  { url, prefix }: VersionPlace,
  signal?: AbortSignal,
): Promise<(Claim & { readonly etag: string }) | undefined> {
  const fetched = await store.get(prefix + CLAIM_NAME, { maxBytes: MAX_CLAIM_BYTES, ...(signal && { signal }) });
  if (fetched.kind !== 'found') {
    return undefined;
  }
  return { ...parseClaim(new TextDecoder().decode(fetched.data), url + CLAIM_NAME), etag: fetched.etag };
}

/** The text of the version's manifest.json, which may be anything. Throws RESOURCE_EXHAUSTED and what the store says. */
export async function manifestTextAt(
  store: ObjectStore,
  { prefix }: VersionPlace,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const fetched = await store.get(prefix + MANIFEST_NAME, { maxBytes: MAX_MANIFEST_BYTES, ...(signal && { signal }) });
  return fetched.kind === 'found' ? new TextDecoder().decode(fetched.data) : undefined;
}
