import { appendFile, mkdir, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogFileNames } from './log-file-names.ts';

export interface LogFileLimits {
  /** A file is followed by the next when it would become larger. */
  readonly maxFileBytes: number;
  readonly maxFileRecords: number;
  /** Of all files of one log together; the oldest go. */
  readonly maxTotalBytes: number;
  readonly maxFiles: number;
}

interface PastFile {
  readonly path: string;
  readonly bytes: number;
}

interface CurrentFile {
  readonly path: string;
  bytes: number;
  records: number;
}

/** Names that may be taken already, by a server that writes to the same place. */
const MAX_NAMES_TRIED = 100;

/**
 * The files of one model's log. No file is held open, so that others may move files away at any time. What is cut off
 * when the process ends amid a write is the last record of a file.
 */
export class LogFile {
  readonly #names: LogFileNames;
  readonly #limits: LogFileLimits;
  readonly #wallClock: () => number;
  #current: CurrentFile | undefined;
  /** From old to new; undefined before the first file, when those of former servers are looked for. */
  #past: PastFile[] | undefined;
  #number = 0;

  constructor(names: LogFileNames, limits: LogFileLimits, wallClock: () => number) {
    this.#names = names;
    this.#limits = limits;
    this.#wallClock = wallClock;
  }

  /** Appends whole records, in as many files as they take. Rejects with the disk's error: some may be written then. */
  async append(records: readonly Uint8Array[]): Promise<void> {
    for (let rest = records; rest.length > 0; ) {
      const file = this.#fileFor(rest[0]);
      const count = this.#fitting(file, rest);
      await this.#write(file, rest.slice(0, count));
      rest = rest.slice(count);
    }
  }

  /** The file that the next record goes to; undefined when that is a new one. */
  #fileFor(record: Uint8Array | undefined): CurrentFile | undefined {
    const file = this.#current;
    const { maxFileBytes, maxFileRecords } = this.#limits;
    const isFull =
      file !== undefined &&
      file.records > 0 &&
      (file.records >= maxFileRecords || file.bytes + (record?.length ?? 0) > maxFileBytes);
    return isFull ? undefined : file;
  }

  /** How many of the records go there; at least one. */
  #fitting(file: CurrentFile | undefined, records: readonly Uint8Array[]): number {
    const { maxFileBytes, maxFileRecords } = this.#limits;
    let bytes = file?.bytes ?? 0;
    let count = 0;
    for (const record of records.slice(0, maxFileRecords - (file?.records ?? 0))) {
      bytes += record.length;
      if (count > 0 && bytes > maxFileBytes) {
        break;
      }
      count++;
    }
    return count;
  }

  async #write(current: CurrentFile | undefined, records: readonly Uint8Array[]): Promise<void> {
    const data = Buffer.concat(records);
    const file = current ?? (await this.#create());
    try {
      await appendFile(file.path, data);
      file.bytes += data.length;
      file.records += records.length;
    } catch (reason) {
      if (!(await cutBack(file))) {
        this.#current = undefined;
      }
      throw reason;
    }
  }

  async #create(): Promise<CurrentFile> {
    await mkdir(this.#names.directory, { recursive: true });
    await this.#removeOldest();
    for (let tried = 1; ; tried++) {
      const path = this.#names.path(this.#wallClock(), ++this.#number);
      try {
        await writeFile(path, '', { flag: 'wx' });
        this.#current = { path, bytes: 0, records: 0 };
        return this.#current;
      } catch (reason) {
        if (tried === MAX_NAMES_TRIED || !isTaken(reason)) {
          throw reason;
        }
      }
    }
  }

  async #filesOnDisk(): Promise<PastFile[]> {
    const { directory } = this.#names;
    const names = (await readdir(directory)).filter((name) => this.#names.owns(name)).toSorted();
    return Promise.all(
      names.map(async (name) => {
        const path = join(directory, name);
        return { path, bytes: await sizeOf(path) };
      }),
    );
  }

  /** Makes room for one more file. */
  async #removeOldest(): Promise<void> {
    const { maxFileBytes, maxTotalBytes, maxFiles } = this.#limits;
    this.#past ??= await this.#filesOnDisk();
    const past = this.#past;
    if (this.#current !== undefined) {
      past.push(this.#current);
      this.#current = undefined;
    }
    let total = past.reduce((sum, { bytes }) => sum + bytes, maxFileBytes);
    for (
      let [oldest] = past;
      oldest !== undefined && (total > maxTotalBytes || past.length >= maxFiles);
      [oldest] = past
    ) {
      await rm(oldest.path, { force: true });
      total -= oldest.bytes;
      past.shift();
    }
  }
}

/** Cuts what a failed write has left behind off; false when the file is no longer what was written. */
async function cutBack({ path, bytes }: CurrentFile): Promise<boolean> {
  try {
    if ((await sizeOf(path)) < bytes) {
      return false;
    }
    await truncate(path, bytes);
    return true;
  } catch {
    return false;
  }
}

/** 0 for a file that somebody else has removed. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

function isTaken(reason: unknown): boolean {
  return reason instanceof Error && 'code' in reason && reason.code === 'EEXIST';
}
