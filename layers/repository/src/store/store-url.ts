import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invalidArgument, StatusError } from '@tensorfleet/core';

/** Where a store's objects lie. `prefix` has no slash at its ends; it is empty for a whole bucket. */
export type StorePlace =
  | { readonly kind: 's3' | 'gs'; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'directory'; readonly path: string };

/** Names of buckets, old ones and those of other servers too; never an address or a path. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/** Longer keys are refused by S3 and by Google. */
const MAX_KEY_BYTES = 1024;

/** Whether `text` names a place in an object store, `s3://` or `gs://`, and not one on a disk. */
export function isObjectStoreUrl(text: string): boolean {
  return /^(s3|gs):\/\//i.test(text);
}

/**
 * What `s3://bucket/prefix`, `gs://bucket/prefix`, `file:///path` or a path says. Buckets and prefixes are taken as
 * they stand: `%20` is three characters of a key. Throws INVALID_ARGUMENT for anything else.
 */
export function parseStoreUrl(url: string): StorePlace {
  const [, scheme, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]+):\/\/(.*)$/s.exec(url) ?? [];
  switch (scheme?.toLowerCase()) {
    case undefined:
      return { kind: 'directory', path: resolve(checkPath(url, url)) };
    case 's3':
      return { kind: 's3', ...bucketAndPrefix(url, rest) };
    case 'gs':
      return { kind: 'gs', ...bucketAndPrefix(url, rest) };
    case 'file':
      return { kind: 'directory', path: checkPath(url, pathOfFileUrl(url)) };
    default:
      throw invalidArgument(`"${url}" begins with neither s3://, gs:// nor file://, and is no path`, { url });
  }
}

function bucketAndPrefix(url: string, rest: string): { readonly bucket: string; readonly prefix: string } {
  const slash = rest.indexOf('/');
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  const prefix = slash < 0 ? '' : rest.slice(slash + 1).replace(/\/$/, '');
  if (!BUCKET.test(bucket)) {
    throw invalidArgument(`"${url}" names no bucket: "${bucket}" is not a bucket's name`, { url });
  }
  if (/[?#]/.test(prefix)) {
    throw invalidArgument(`"${url}" has a query or a fragment; regions and endpoints are set by the environment`, {
      url,
    });
  }
  const problem = prefix === '' ? undefined : problemOfKey(prefix);
  if (problem !== undefined) {
    throw invalidArgument(`the prefix of "${url}" ${problem}`, { url });
  }
  return { bucket, prefix };
}

function pathOfFileUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (reason) {
    throw invalidArgument(`"${url}" names no file of this machine: ${StatusError.from(reason).message}`, { url });
  }
}

function checkPath(url: string, path: string): string {
  if (path === '' || path.includes('\0')) {
    throw invalidArgument(`"${url}" is no path`, { url });
  }
  return path;
}

/**
 * Throws INVALID_ARGUMENT unless `key` names an object below a store's root: no empty, `.` or `..` part, no control
 * character, and, with the root's `prefix`, not longer than stores take.
 */
export function checkKey(url: string, key: string, prefix = ''): void {
  const problem = problemOfKey(prefix === '' ? key : `${prefix}/${key}`);
  if (problem !== undefined) {
    throw invalidArgument(`the key "${printable(key)}" of "${url}" ${problem}`, { url, key: printable(key) });
  }
}

/** The same for the prefix of a listing, which is empty or ends with a slash. */
export function checkListPrefix(url: string, listed: string, prefix = ''): void {
  if (listed !== '' && !listed.endsWith('/')) {
    throw invalidArgument(`the prefix "${printable(listed)}" of a listing of "${url}" does not end with a slash`);
  }
  if (listed !== '') {
    checkKey(url, listed.slice(0, -1), prefix);
  }
}

function problemOfKey(key: string): string | undefined {
  if (/\p{Cc}/u.test(key)) {
    return 'has a control character';
  }
  if (key.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    return 'has an empty part, "." or ".." between its slashes';
  }
  if (!key.isWellFormed()) {
    return 'is not well-formed Unicode';
  }
  const bytes = Buffer.byteLength(key);
  return bytes > MAX_KEY_BYTES ? `has ${bytes} bytes, at most ${MAX_KEY_BYTES} are allowed` : undefined;
}

/** For messages: hostile keys do not reach a terminal as they are. */
function printable(key: string): string {
  return key.slice(0, 200).replace(/\p{Cc}/gu, '?');
}
