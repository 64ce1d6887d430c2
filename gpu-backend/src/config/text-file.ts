import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { diskError, failedPrecondition, invalidArgument, StatusError } from '@tensorfleet/core';

/** No configuration is as large; a path that leads to something else must not fill the memory. */
const MAX_BYTES = 16 * 2 ** 20;

/** A file that a flag names, as text. Throws a StatusError that begins with `subject` and says what is wrong with it. */
export function readTextFile(subject: string, path: string): { readonly text: string; readonly place: string } {
  const place = resolve(path);
  const bytes = readBytes(subject, place);
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), place };
  } catch (reason) {
    throw invalidArgument(`${subject}: "${place}" is not UTF-8 text`, { path: place }, reason);
  }
}

function readBytes(subject: string, place: string): Buffer {
  try {
    checkFile(place);
    return readFileSync(place);
  } catch (reason) {
    const { code, message, details } = diskError(reason, place);
    throw new StatusError(code, `${subject}: ${message}`, { details, cause: reason });
  }
}

/** A device or a pipe may never end. */
function checkFile(place: string): void {
  const stats = statSync(place);
  if (!stats.isFile()) {
    throw failedPrecondition(`"${place}" is ${stats.isDirectory() ? 'a directory' : 'no regular file'}`);
  }
  if (stats.size > MAX_BYTES) {
    throw invalidArgument(`"${place}" has ${stats.size} bytes, a configuration has ${MAX_BYTES} at most`);
  }
}
