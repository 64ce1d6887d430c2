import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { dataLoss, type StatusError } from '@tensorfleet/core';
import { MANIFEST_NAME } from '@tensorfleet/repository';
import type {
  FetchedVersion,
  FetchRequest,
  VersionFetcher,
  VersionObject,
} from '../../gpu-backend/src/repository/version-fetcher.ts';

/** A VersionFetcher that copies every version into a new directory, and remembers what it was asked for. */
export class PlainFetcher implements VersionFetcher {
  /** `m/1`, in the order in which the fetches began. */
  readonly fetched: string[] = [];
  readonly released: string[] = [];
  /** Called before a fetch; what it rejects with is what the fetch rejects with. */
  before: (request: FetchRequest, signal: AbortSignal) => Promise<void> | void = () => undefined;
  readonly #root: string;

  static async create(): Promise<PlainFetcher> {
    return new PlainFetcher(await mkdtemp(join(tmpdir(), 'tensorfleet-fetched-')));
  }

  private constructor(root: string) {
    this.#root = root;
  }

  async fetch(request: FetchRequest, signal: AbortSignal): Promise<FetchedVersion> {
    const { model, version, files, manifestText } = request;
    this.fetched.push(`${model}/${version}`);
    await this.before(request, signal);
    signal.throwIfAborted();
    const directory = await mkdtemp(join(this.#root, `${model}-${version}-`));
    let receivedBytes = 0;
    for (const file of files) {
      const data = await read(request, file);
      receivedBytes += data.byteLength;
      await mkdir(dirname(join(directory, file.path)), { recursive: true });
      await writeFile(join(directory, file.path), data);
    }
    if (manifestText !== undefined) {
      await writeFile(join(directory, MANIFEST_NAME), manifestText);
    }
    return { directory, receivedBytes };
  }

  release(directory: string): void {
    this.released.push(directory);
  }

  async close(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }
}

async function read({ store, prefix }: FetchRequest, file: VersionObject): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const pinned = file.etag === undefined ? {} : { etag: file.etag };
  for await (const chunk of store.read(prefix + file.path, pinned)) {
    chunks.push(chunk);
  }
  const data = Buffer.concat(chunks);
  const sha256 = createHash('sha256').update(data).digest('hex');
  if (data.byteLength !== file.bytes || sha256 !== (file.sha256 ?? sha256)) {
    throw wrongContent(`${store.url}/${prefix}${file.path}`);
  }
  return data;
}

function wrongContent(place: string): StatusError {
  return dataLoss(`"${place}" is not what its manifest says`, { fault: 'wrong_digest' });
}
