import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, Code, diskError, notFound, parseVersion, StatusError, systemClock } from '@tensorfleet/core';
import {
  ALL_FORMATS,
  checkModelName,
  isModelName,
  type ModelFormat,
  openObjectStore,
  statInside,
} from '@tensorfleet/repository';
import { DiskIndex } from './disk-index.ts';
import { ModelDirectory } from './model-directory.ts';
import type { FoundVersions, IndexChange, ModelRepository } from './model-repository.ts';
import { type RepositoryLog, SILENT_LOG } from './repository-log.ts';
import { all, type ServableVersionPolicy } from './servable-version-policy.ts';
import { updateModel } from './update-model.ts';

export interface FsRepositoryOptions {
  /** Holds one directory per model. Without it only models whose base path is given can be scanned. */
  readonly root?: string;
  /** Problems with directories are warned about here, once each; default: nowhere. */
  readonly log?: RepositoryLog;
  /** What counts as a model; default: every known format. */
  readonly allowedFormats?: readonly ModelFormat[];
  /**
   * How long files that no manifest lists must have been the same, seen by two scans; milliseconds, default 0. More than
   * the pauses of a copy: scans that are asked for may follow each other closely.
   */
  readonly settleMs?: number;
  /** Default: the system's. */
  readonly clock?: Pick<Clock, 'now'>;
}

/**
 * A repository of plain directories on a local disk: `<model>/<version>/`, the version in decimal digits
 * (`00000123` is 123). Everything else in a model's directory is ignored. An `index.json` beside the directory of a
 * model routes: it has no say in which versions there are, but for those that it calls retired.
 */
export function createFsRepository(options: FsRepositoryOptions): ModelRepository {
  return new FsRepository(options);
}

interface RunningScan {
  readonly asked: { readonly policy: ServableVersionPolicy; readonly basePath: string | undefined };
  readonly found: Promise<FoundVersions>;
}

class FsRepository implements ModelRepository {
  readonly #options: FsRepositoryOptions;
  readonly #directories = new Map<string, ModelDirectory>();
  readonly #indexes = new Map<string, DiskIndex>();
  readonly #scans = new Map<string, RunningScan>();

  constructor(options: FsRepositoryOptions) {
    this.#options = options;
  }

  async models(): Promise<readonly string[]> {
    const names = await this.#names();
    const models: string[] = [];
    for (const name of names) {
      if (isModelName(name) && (await this.#holdsVersions(name))) {
        models.push(name);
      }
    }
    return models.toSorted();
  }

  /** Equal calls while a scan of the model runs share its result, so that "two scans" are two points in time. */
  async scan(model: string, policy: ServableVersionPolicy = all(), basePath?: string): Promise<FoundVersions> {
    checkModelName(model);
    const asked = { policy, basePath };
    for (;;) {
      const running = this.#scans.get(model);
      if (running === undefined) {
        break;
      }
      if (isDeepStrictEqual(running.asked, asked)) {
        return await running.found;
      }
      await running.found.catch(() => undefined); // its own callers hear of it
    }
    const found = this.#scan(model, policy, basePath).finally(() => this.#scans.delete(model));
    this.#scans.set(model, { asked, found });
    return await found;
  }

  forget(model: string): void {
    this.#directories.delete(model);
  }

  /** Every scan looks at the disk. */
  refresh(): void {}

  async update(model: string, change: IndexChange, basePath?: string): Promise<boolean> {
    checkModelName(model);
    const { directory } = this.#place(model, basePath);
    const store = await openObjectStore(dirname(directory), { environment: {} });
    try {
      return await updateModel({ store, model, name: basename(directory), change });
    } finally {
      store.close();
    }
  }

  watch(): Disposable {
    return { [Symbol.dispose]: () => undefined };
  }

  async #scan(model: string, policy: ServableVersionPolicy, basePath: string | undefined): Promise<FoundVersions> {
    try {
      const directory = this.#directoryOf(model, basePath);
      const { models } = await this.#indexOf(dirname(directory.directory)).read();
      return await directory.scan(policy, models.get(basename(directory.directory)));
    } catch (reason) {
      const error = StatusError.from(reason);
      if (error.code === Code.NotFound) {
        this.#directories.delete(model);
      }
      throw error;
    }
  }

  /** Beside the directory of a model. */
  #indexOf(root: string): DiskIndex {
    const index = this.#indexes.get(root) ?? new DiskIndex(root, this.#options.log ?? SILENT_LOG);
    this.#indexes.set(root, index);
    return index;
  }

  #directoryOf(model: string, basePath: string | undefined): ModelDirectory {
    const { directory, root } = this.#place(model, basePath);
    const known = this.#directories.get(model);
    if (known?.directory === directory) {
      return known;
    }
    const {
      allowedFormats: formats = ALL_FORMATS,
      log = SILENT_LOG,
      settleMs = 0,
      clock = systemClock,
    } = this.#options;
    const created = new ModelDirectory({ model, directory, root, formats, log, settleMs, clock });
    this.#directories.set(model, created);
    return created;
  }

  #place(model: string, basePath?: string): { readonly directory: string; readonly root: string } {
    if (basePath !== undefined) {
      return { directory: resolve(basePath), root: resolve(basePath) };
    }
    if (this.#options.root === undefined) {
      throw notFound(`model "${model}" is not configured`, { model });
    }
    const root = resolve(this.#options.root);
    return { directory: join(root, model), root };
  }

  async #names(): Promise<readonly string[]> {
    if (this.#options.root === undefined) {
      return [];
    }
    try {
      return await readdir(this.#options.root);
    } catch (reason) {
      throw diskError(reason, this.#options.root);
    }
  }

  /**
   * Whether the directory has an entry named by a number, so that `lost+found` and the like are no models.
   * One that cannot be read counts: its scan says why.
   */
  async #holdsVersions(model: string): Promise<boolean> {
    const { directory, root } = this.#place(model);
    try {
      if (!(await statInside(directory, '', await realpath(root))).isDirectory()) {
        return false;
      }
      return (await readdir(directory)).some((name) => parseVersion(name) !== undefined);
    } catch (reason) {
      const { code } = diskError(reason, directory);
      return code === Code.PermissionDenied || code === Code.DataLoss;
    }
  }
}
