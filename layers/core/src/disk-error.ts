import {
  alreadyExists,
  dataLoss,
  type ErrorDetails,
  failedPrecondition,
  internal,
  invalidArgument,
  notFound,
  permissionDenied,
  resourceExhausted,
  StatusError,
} from './status-error.ts';

type Create = (message: string, details?: ErrorDetails, cause?: unknown) => StatusError;

interface Meaning {
  readonly create: Create;
  readonly say: (path: string) => string;
}

const FULL: Meaning = { create: resourceExhausted, say: (path) => `the disk that holds "${path}" is full` };
const OVER_QUOTA: Meaning = {
  create: resourceExhausted,
  say: (path) => `the quota of the disk for "${path}" is used up`,
};
const FORBIDDEN: Meaning = { create: permissionDenied, say: (path) => `this process may not use "${path}"` };
const TAKEN: Meaning = { create: alreadyExists, say: (path) => `"${path}" exists already` };
const TOO_MANY: Meaning = {
  create: resourceExhausted,
  say: (path) => `"${path}" cannot be opened: too many files are open`,
};

/** What a system error says about a path; the keys are errno names. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['ENOENT', { create: notFound, say: (path) => `"${path}" does not exist` }],
  ['EACCES', FORBIDDEN],
  ['EPERM', FORBIDDEN],
  ['EROFS', { create: failedPrecondition, say: (path) => `the disk that holds "${path}" is read-only` }],
  ['ENOSPC', FULL],
  ['EDQUOT', OVER_QUOTA],
  ['EMFILE', TOO_MANY],
  ['ENFILE', TOO_MANY],
  ['EEXIST', TAKEN],
  ['ENOTEMPTY', TAKEN],
  ['ENOTDIR', { create: failedPrecondition, say: (path) => `"${path}" is not a directory` }],
  ['EISDIR', { create: failedPrecondition, say: (path) => `"${path}" is a directory` }],
  ['ELOOP', { create: failedPrecondition, say: (path) => `"${path}" is a symbolic link that leads to itself` }],
  ['ENAMETOOLONG', { create: invalidArgument, say: (path) => `the path "${path}" is too long` }],
  ['EIO', { create: dataLoss, say: (path) => `the disk that holds "${path}" has failed` }],
]);

/**
 * A failed file operation as a StatusError that names the path and the cause in one sentence.
 * The error's own path wins over `path`, which is what was being worked on.
 */
export function diskError(reason: unknown, path: string): StatusError {
  if (StatusError.is(reason) || !(reason instanceof Error) || !('code' in reason) || reason.name === 'AbortError') {
    return StatusError.from(reason);
  }
  const place = 'path' in reason && typeof reason.path === 'string' ? reason.path : path;
  const meaning = MEANINGS.get(String(reason.code));
  const message = meaning?.say(place) ?? `"${place}" cannot be used (${reason.code})`;
  return (meaning?.create ?? internal)(message, { path: place }, reason);
}

/** Whether `reason` is a system error of one of these errno names. */
export function isSystemError(reason: unknown, ...names: readonly string[]): boolean {
  return reason instanceof Error && 'code' in reason && names.includes(String(reason.code));
}
