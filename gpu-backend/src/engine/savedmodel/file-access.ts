import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import {
  Code,
  dataLoss,
  failedPrecondition,
  notFound,
  permissionDenied,
  resourceExhausted,
  StatusError,
  unimplemented,
} from '@tensorfleet/core';

/**
 * What `read` returns. INVALID_ARGUMENT, which readers of bytes throw because they know no files, becomes DATA_LOSS: a
 * broken file is nobody's request. It and UNIMPLEMENTED begin with `place` then.
 */
export function inPlace<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const create = StatusError.is(error) ? CREATE_IN_PLACE.get(error.code) : undefined;
    if (!StatusError.is(error) || create === undefined) {
      throw error;
    }
    throw create(`${place}: ${error.message}`, error.details, error);
  }
}

const CREATE_IN_PLACE: ReadonlyMap<Code, typeof dataLoss> = new Map([
  [Code.InvalidArgument, dataLoss],
  [Code.Unimplemented, unimplemented],
]);

/** What `read` returns; undefined when it throws NOT_FOUND. */
export function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (StatusError.is(error) && error.code === Code.NotFound) {
      return undefined;
    }
    throw error;
  }
}

/** A named pipe would keep the caller waiting for its other end. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;
/** Systems read at most 2 GiB at a time. */
const MAX_READ_BYTES = 2 ** 30;

/** A regular file that is open for reading. Blocks; throws StatusError that names the file. */
export class OpenFile implements Disposable {
  readonly path: string;
  readonly size: number;
  readonly #descriptor: number;

  private constructor(path: string, descriptor: number, size: number) {
    this.path = path;
    this.#descriptor = descriptor;
    this.size = size;
  }

  /** Throws NOT_FOUND when there is no such file. */
  static open(path: string): OpenFile {
    const descriptor = explained(path, () => openSync(path, OPEN_FLAGS));
    try {
      const stats = explained(path, () => fstatSync(descriptor));
      if (!stats.isFile()) {
        throw failedPrecondition(`"${path}" is not a file`);
      }
      return new OpenFile(path, descriptor, stats.size);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /** As `open`; undefined when there is no such file. */
  static openIfThere(path: string): OpenFile | undefined {
    return ifThere(() => OpenFile.open(path));
  }

  /** Fills `target` with the bytes from `position` on. Throws DATA_LOSS when the file ends before. */
  read(target: Uint8Array, position: number): void {
    for (let filled = 0; filled < target.length; ) {
      const count = explained(this.path, () =>
        readSync(this.#descriptor, target, filled, Math.min(target.length - filled, MAX_READ_BYTES), position + filled),
      );
      if (count === 0) {
        throw dataLoss(`"${this.path}" ends at byte ${position + filled}, ${target.length - filled} more are wanted`);
      }
      filled += count;
    }
  }

  /** All of the file. Throws RESOURCE_EXHAUSTED when it is longer than `maxBytes`. */
  readAll(maxBytes: number): Uint8Array {
    if (this.size > maxBytes) {
      throw resourceExhausted(`"${this.path}" has ${this.size} bytes, at most ${maxBytes} are read`);
    }
    const bytes = new Uint8Array(this.size);
    this.read(bytes, 0);
    return bytes;
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}

/** What `act` returns; its system errors become StatusError in words about `path`. */
export function explained<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const name = error instanceof Error && 'code' in error ? String(error.code) : '';
    switch (name) {
      case 'ENOENT':
      case 'ENOTDIR':
        throw notFound(`"${path}" does not exist`, {}, error);
      case 'EACCES':
      case 'EPERM':
        throw permissionDenied(`this process may not read "${path}"`, {}, error);
      case 'EMFILE':
      case 'ENFILE':
        throw resourceExhausted(`"${path}" cannot be opened: too many files are open`, {}, error);
      default:
        throw dataLoss(`"${path}" cannot be read (${name})`, {}, error);
    }
  }
}
