import { join } from 'node:path';

/** Where things lie in a cache directory. All paths are absolute if `root` is. */
export interface CacheLayout {
  readonly root: string;
  /** `blobs/<2 hex>/<sha256>`: whole files by their content; never written to. */
  readonly blobs: string;
  /** `parts/<id>/<server>`: what is being downloaded, see PartClaims. */
  readonly parts: string;
  /** `servers/<server>/<n>/<model>/<version>/`: what is handed out, see ServerDirectory. */
  readonly servers: string;
  /** `digests/<id>`: the digests of objects that no manifest lists, see DigestNotes. */
  readonly digests: string;
}

export function cacheLayout(root: string): CacheLayout {
  return {
    root,
    blobs: join(root, 'blobs'),
    parts: join(root, 'parts'),
    servers: join(root, 'servers'),
    digests: join(root, 'digests'),
  };
}
