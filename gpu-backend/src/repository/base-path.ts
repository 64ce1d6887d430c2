import { resolve } from 'node:path';
import { invalidArgument } from '@tensorfleet/core';

/** Where something lies: on this machine, or below the root of an object store. */
export type Place =
  | { readonly kind: 'directory'; readonly path: string }
  /** Without a slash at its end. */
  | { readonly kind: 'store'; readonly url: string };

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//;

/**
 * The place that `s3://bucket/prefix`, `gs://bucket/prefix`, `file:///path` or a path names, which is taken from the
 * working directory on when it is relative. Throws INVALID_ARGUMENT for URLs that nobody can read.
 */
export function parsePlace(text: string): Place {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return { kind: 'directory', path: resolve(text) };
    case 'file':
      return { kind: 'directory', path: pathOf(text) };
    case 's3':
    case 'gs':
      return { kind: 'store', url: storeUrl(scheme, text.slice(scheme.length + '://'.length)) };
    default:
      throw invalidArgument(`"${text}" cannot be read: places are directories, file://, s3:// and gs:// URLs`);
  }
}

/** The path or the URL. */
export function formatPlace(place: Place): string {
  return place.kind === 'directory' ? place.path : place.url;
}

/** `s3://bucket/models` and `mnist` for `s3://bucket/models/mnist`. Throws INVALID_ARGUMENT for a bucket alone. */
export function splitStoreUrl(url: string): { readonly root: string; readonly directory: string } {
  const end = url.lastIndexOf('/');
  const root = url.slice(0, end);
  if (root.endsWith('/')) {
    throw invalidArgument(`"${url}" is a bucket, the directory of a model lies in one: ${url}/mnist`);
  }
  return { root, directory: url.slice(end + 1) };
}

function storeUrl(scheme: string, rest: string): string {
  const [bucket = '', ...parts] = rest.replace(/\/+$/, '').split('/');
  if (bucket === '' || parts.includes('')) {
    throw invalidArgument(`"${scheme}://${rest}" must name a bucket and perhaps a prefix: ${scheme}://bucket/models`);
  }
  return `${scheme}://${[bucket, ...parts].join('/')}`;
}

/** As TensorFlow Serving reads it: what follows is the path as it stands. */
function pathOf(url: string): string {
  const path = url.slice('file://'.length);
  if (!path.startsWith('/')) {
    throw invalidArgument(`"${url}" must be file:// and an absolute path`);
  }
  return resolve(path);
}
