import { type FileHandle, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Code,
  cancelled,
  dataLoss,
  diskError,
  failedPrecondition,
  notFound,
  resourceExhausted,
  StatusError,
} from '@tensorfleet/core';
import { copyFile } from '../disk/copy-file.ts';
import { sha256OfFile } from '../disk/digest.ts';
import { etagOf, walkDirectory } from './directory-list.ts';
import { DirectoryPaths } from './directory-paths.ts';
import { type DirectoryWrite, DirectoryWriter } from './directory-write.ts';
import type {
  Fetched,
  GetOptions,
  ListOptions,
  ListPage,
  ObjectFacts,
  ObjectStore,
  ReadOptions,
  UploadOptions,
  UploadSource,
  WriteCondition,
} from './object-store.ts';
import { checkListPrefix } from './store-url.ts';

const PAGE_SIZE = 1000;
const CHUNK_BYTES = 256 * 1024;

/**
 * Objects as files of a local directory: `index.json` of a repository on a disk, and what reads and orders it. Files that
 * others put there are objects too.
 *
 * An object is written into a file of another name, made durable and renamed: readers see the old one or the new one,
 * and a kill leaves at most a file that a later write sweeps away. Every change is made under the lock of the root,
 * together with the look at its condition. An etag is the file's inode, size and time of modification, which a write
 * makes later than that of the file it replaces: so a poll is one look at a file, whatever its size.
 */
export class DirectoryStore implements ObjectStore {
  readonly url: string;
  readonly #paths: DirectoryPaths;
  readonly #writer: DirectoryWriter;

  /** `root` is an absolute path; it must be there when it is used. */
  constructor(root: string, random: () => number = Math.random) {
    this.url = root;
    this.#paths = new DirectoryPaths(root);
    this.#writer = new DirectoryWriter(this.#paths, random);
  }

  async get(key: string, { unlessEtag, maxBytes, signal }: GetOptions): Promise<Fetched> {
    const opened = await this.#open(key, signal);
    if (opened === undefined) {
      return { kind: 'missing' };
    }
    await using file = opened;
    const { bytes, etag } = await factsOf(file);
    if (etag === unlessEtag) {
      return { kind: 'unchanged' };
    }
    if (bytes > maxBytes) {
      throw resourceExhausted(`"${this.#place(key)}" has ${bytes} bytes, at most ${maxBytes} are read`);
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#chunks(key, file, { start: 0, end: bytes, etag, ...(signal && { signal }) })) {
      chunks.push(chunk);
    }
    return { kind: 'found', data: Buffer.concat(chunks), etag };
  }

  async *read(key: string, { start = 0, end, etag, signal }: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    const opened = await this.#open(key, signal);
    if (opened === undefined) {
      throw notFound(`"${this.#place(key)}" does not exist`, { path: this.#place(key) });
    }
    await using file = opened;
    const facts = await factsOf(file);
    if (etag !== undefined && etag !== facts.etag) {
      throw this.#changed(key);
    }
    yield* this.#chunks(key, file, { start, end: end ?? facts.bytes, etag: facts.etag, ...(signal && { signal }) });
  }

  /** `sha256` is that of the file as it is: for a local file that is read to the end. */
  async head(key: string, signal?: AbortSignal): Promise<(ObjectFacts & { readonly sha256?: string }) | undefined> {
    const opened = await this.#open(key, signal);
    if (opened === undefined) {
      return undefined;
    }
    await using file = opened;
    const facts = await factsOf(file);
    const path = await this.#paths.find(key);
    return path === undefined ? undefined : { key, ...facts, sha256: await sha256OfFile(path) };
  }

  async put(key: string, data: Uint8Array, condition?: WriteCondition, signal?: AbortSignal): Promise<string> {
    const fill = (staging: string): Promise<void> => writeFile(staging, data, { flag: 'wx', flush: true });
    return await this.#write({ key, fill, condition, signal });
  }

  async upload(key: string, source: UploadSource, { onBytes = ignore, signal }: UploadOptions = {}): Promise<void> {
    const there = await this.head(key, signal);
    if (there?.sha256 === source.sha256) {
      onBytes(source.bytes);
      return;
    }
    const fill = async (staging: string): Promise<void> => {
      const sha256 = await copyFile(source.path, staging, { onBytes, signal });
      if (sha256 !== source.sha256) {
        throw failedPrecondition(`"${source.path}" was changed while it was uploaded`, { path: source.path });
      }
    };
    await this.#write({ key, fill, signal });
  }

  async *list(prefix: string, { delimiter, signal }: ListOptions = {}): AsyncGenerator<ListPage> {
    checkListPrefix(this.url, prefix);
    this.#throwIfCancelled(prefix, signal);
    const root = await this.#paths.realRoot();
    let [objects, prefixes]: [ObjectFacts[], string[]] = [[], []];
    for await (const found of walkDirectory(root, prefix, delimiter !== undefined)) {
      if (objects.length + prefixes.length === PAGE_SIZE) {
        this.#throwIfCancelled(prefix, signal);
        yield { objects, prefixes };
        [objects, prefixes] = [[], []];
      }
      if (typeof found === 'string') {
        prefixes.push(found);
      } else {
        objects.push(found);
      }
    }
    yield { objects, prefixes };
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    this.#paths.check(key);
    this.#throwIfCancelled(key, signal);
    await this.#writer.delete(key, signal);
  }

  close(): void {}

  async #open(key: string, signal: AbortSignal | undefined): Promise<FileHandle | undefined> {
    this.#paths.check(key);
    this.#throwIfCancelled(key, signal);
    return await this.#paths.open(key);
  }

  async #write(write: DirectoryWrite): Promise<string> {
    this.#paths.check(write.key);
    try {
      this.#throwIfCancelled(write.key, write.signal);
      return await this.#writer.write(write);
    } catch (reason) {
      this.#throwIfCancelled(write.key, write.signal);
      throw reason;
    }
  }

  async *#chunks(
    key: string,
    file: FileHandle,
    { start, end, etag, signal }: Required<Pick<ReadOptions, 'start' | 'end' | 'etag'>> & ReadOptions,
  ): AsyncGenerator<Uint8Array> {
    for (let position = start; position < end; ) {
      this.#throwIfCancelled(key, signal);
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, end - position));
      const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, position).catch((reason: unknown) => {
        throw diskError(reason, this.#place(key));
      });
      if (bytesRead === 0) {
        throw dataLoss(`"${this.#place(key)}" is shorter than it should be: bytes ${start} to ${end} were asked for`);
      }
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    if ((await factsOf(file)).etag !== etag) {
      throw this.#changed(key);
    }
  }

  #changed(key: string): StatusError {
    return new StatusError(Code.Aborted, `"${this.#place(key)}" was changed by somebody else`, {
      details: { path: this.#place(key) },
    });
  }

  #throwIfCancelled(key: string, signal: AbortSignal | undefined): void {
    if (signal?.aborted) {
      throw StatusError.is(signal.reason)
        ? signal.reason
        : cancelled(`"${this.#place(key)}" was cancelled`, { path: this.#place(key) }, signal.reason);
    }
  }

  #place(key: string): string {
    return join(this.#paths.root, key);
  }
}

const ignore = (): void => undefined;

async function factsOf(file: FileHandle): Promise<{ readonly bytes: number; readonly etag: string }> {
  const stats = await file.stat({ bigint: true });
  return { bytes: Number(stats.size), etag: etagOf(stats) };
}
