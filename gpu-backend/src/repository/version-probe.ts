import { stat } from 'node:fs/promises';
import { type Clock, Code, diskError, failedPrecondition, StatusError, type Version } from '@tensorfleet/core';
import {
  DigestMemory,
  formatModelFiles,
  listVersionFiles,
  MANIFEST_NAME,
  type Manifest,
  type ModelFormat,
  modelFilesAmong,
  readManifest,
  stampOf,
  statInside,
  type VersionFile,
  verifyManifest,
} from '@tensorfleet/repository';
import type { ModelVersion } from './model-repository.ts';
import { Settling } from './settling.ts';

export type ProbeResult =
  | { readonly kind: 'complete'; readonly found: ModelVersion }
  /** Looks like a version; the next probe tells whether its files are still changing. */
  | { readonly kind: 'settling' }
  /** Has a manifest, whose digests were not compared: nobody wants this version now. */
  | { readonly kind: 'unverified' }
  | { readonly kind: 'incomplete'; readonly reason: StatusError };

export interface ProbeOptions {
  readonly model: string;
  readonly version: Version;
  readonly directory: string;
  readonly formats: readonly ModelFormat[];
  /** As in FsRepositoryOptions. */
  readonly settleMs: number;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Tells whether one version's directory is complete, and remembers what it saw.
 *
 * With a manifest that lists files: complete exactly when they all match. Without: complete once two probes in a row
 * have seen the same files, far enough apart, and then until one of those files is gone or the directory is another one. A directory that
 * is complete twice is the same ModelVersion object twice; after a change in place, as when a copy that had stalled goes
 * on, it is another one as soon as two probes in a row have seen the same again.
 */
export class VersionProbe {
  readonly #options: ProbeOptions;
  readonly #digests = new DigestMemory();
  #manifest: { readonly stamp: string; readonly value: Manifest } | undefined;
  readonly #settling: Settling;
  #settled: { readonly inode: number; readonly files: readonly VersionFile[]; readonly seen: string } | undefined;
  #found: ModelVersion | undefined;

  constructor(options: ProbeOptions) {
    this.#options = options;
    this.#settling = new Settling(options);
  }

  /** Links are followed inside `tree`, a real path. Digests are compared only to `verify`. Never rejects. */
  async probe(tree: string, { verify }: { readonly verify: boolean }): Promise<ProbeResult> {
    try {
      const manifest = await this.#readManifest(tree);
      if (manifest === undefined || (manifest.files?.length ?? 0) === 0) {
        return await this.#probeSettled(manifest, tree);
      }
      return verify ? await this.#probeListed(manifest, tree) : { kind: 'unverified' };
    } catch (reason) {
      return { kind: 'incomplete', reason: StatusError.from(reason) };
    }
  }

  async #readManifest(tree: string): Promise<Manifest | undefined> {
    const stamp = await this.#manifestStamp(tree);
    if (stamp === undefined) {
      this.#manifest = undefined;
    } else if (this.#manifest?.stamp !== stamp) {
      const value = await readManifest(this.#options.directory, tree);
      this.#manifest = value && { stamp, value };
    }
    return this.#manifest?.value;
  }

  async #manifestStamp(tree: string): Promise<string | undefined> {
    try {
      return stampOf(await statInside(this.#options.directory, MANIFEST_NAME, tree));
    } catch (reason) {
      if (StatusError.from(reason).code === Code.NotFound) {
        return undefined;
      }
      throw reason;
    }
  }

  async #probeListed(manifest: Manifest, tree: string): Promise<ProbeResult> {
    const files = manifest.files ?? [];
    this.#settling.forget();
    this.#settled = undefined;
    this.#checkModel(files.filter((file) => file.bytes > 0).map((file) => file.path));
    await verifyManifest(this.#options.directory, manifest, { tree, digests: this.#digests });
    return this.#complete(files, manifest);
  }

  async #probeSettled(manifest: Manifest | undefined, tree: string): Promise<ProbeResult> {
    const { directory } = this.#options;
    const files = await listVersionFiles(directory, tree);
    const { ino: inode } = await stat(directory).catch((reason: unknown) => {
      throw diskError(reason, directory);
    });
    const paths = new Set(files.map((file) => file.path));
    const seen = JSON.stringify([inode, files]);
    const unchanged = this.#settling.look(seen);
    if (this.#settled?.inode === inode && this.#settled.files.every((file) => paths.has(file.path))) {
      if (unchanged && seen !== this.#settled.seen) {
        this.#settled = { inode, files, seen };
        this.#found = undefined;
      }
      return this.#complete(this.#settled.files, manifest);
    }
    this.#settled = undefined;
    this.#checkModel(files.filter((file) => file.bytes > 0).map((file) => file.path));
    if (!unchanged) {
      return { kind: 'settling' };
    }
    this.#settled = { inode, files, seen };
    return this.#complete(files, manifest);
  }

  /** An empty file is one whose writer has just begun. */
  #checkModel(paths: readonly string[]): void {
    const { directory, formats } = this.#options;
    if (modelFilesAmong(paths, formats).length === 0) {
      throw failedPrecondition(`"${directory}" holds no model (${formatModelFiles(formats)})`, { path: directory });
    }
  }

  #complete(files: readonly { readonly bytes: number }[], manifest: Manifest | undefined): ProbeResult {
    const { model, version, directory } = this.#options;
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    if (this.#found === undefined || this.#found.bytes !== bytes || this.#found.manifest !== manifest) {
      this.#found = { model, version, directory, bytes, ...(manifest && { manifest }) };
    }
    return { kind: 'complete', found: this.#found };
  }
}
