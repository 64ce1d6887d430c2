import { failedPrecondition, unavailable } from '@tensorfleet/core';
import { parsePlace, splitStoreUrl } from './base-path.ts';
import type { FoundVersions, IndexChange, ModelRepository } from './model-repository.ts';
import type { ServableVersionPolicy } from './servable-version-policy.ts';

/** A repository with a root of its own, whose base paths are `<url>/<directory>`. */
export interface RemoteRepository extends ModelRepository, AsyncDisposable {
  readonly url: string;
}

export interface RepositoryByPlaceOptions {
  /** Takes what lies on this machine. */
  readonly local: ModelRepository;
  /** The root in an object store whose models are served; default: the root of `local`. */
  readonly root?: string;
  /** Opens the repository of a root in an object store; called once for each, again after a failure. */
  readonly open: (url: string) => Promise<RemoteRepository>;
}

/**
 * One repository for all places: a base path on this machine goes to the local repository, `s3://bucket/models/mnist` to
 * that of `s3://bucket/models`, whatever the name under which the model is served.
 */
export class RepositoryByPlace implements ModelRepository, AsyncDisposable {
  readonly #options: RepositoryByPlaceOptions;
  readonly #opening = new Map<string, Promise<RemoteRepository>>();
  readonly #opened = new Set<RemoteRepository>();
  /** Where each model was scanned last. */
  readonly #homes = new Map<string, ModelRepository>();
  readonly #listeners = new Set<(model: string) => void>();
  #closed = false;

  constructor(options: RepositoryByPlaceOptions) {
    this.#options = options;
    options.local.watch((model) => this.#announce(model));
  }

  async models(): Promise<readonly string[]> {
    const { local, root } = this.#options;
    const repository = root === undefined ? local : await this.#open(root);
    return await repository.models();
  }

  async scan(model: string, policy?: ServableVersionPolicy, basePath?: string): Promise<FoundVersions> {
    const { repository, path } = await this.#find(basePath);
    const home = this.#homes.get(model);
    if (home !== repository) {
      home?.forget(model);
      this.#homes.set(model, repository);
    }
    return await repository.scan(model, policy, path);
  }

  forget(model: string): void {
    this.#homes.get(model)?.forget(model);
    this.#homes.delete(model);
  }

  refresh(): void {
    for (const repository of this.#all()) {
      repository.refresh();
    }
  }

  async update(model: string, change: IndexChange, basePath?: string): Promise<boolean> {
    const { repository, path } = await this.#find(basePath);
    if (repository.update === undefined) {
      throw failedPrecondition(`model "${model}" is not changed: its repository has no index`, { model });
    }
    return await repository.update(model, change, path);
  }

  watch(onNews: (model: string) => void): Disposable {
    const listener = (model: string): void => onNews(model);
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Closes what it has opened. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    await Promise.allSettled(this.#opening.values());
    await Promise.all([...this.#opened].map((repository) => repository[Symbol.asyncDispose]()));
  }

  #all(): readonly ModelRepository[] {
    return [this.#options.local, ...this.#opened];
  }

  /** The repository of a place, and the base path there. */
  async #find(basePath: string | undefined): Promise<{ readonly repository: ModelRepository; readonly path?: string }> {
    const { local, root } = this.#options;
    if (basePath === undefined) {
      return { repository: root === undefined ? local : await this.#open(root) };
    }
    const place = parsePlace(basePath);
    if (place.kind === 'directory') {
      return { repository: local, path: place.path };
    }
    const { root: url, directory } = splitStoreUrl(place.url);
    const repository = await this.#open(url);
    return { repository, path: `${repository.url}/${directory}` };
  }

  async #open(url: string): Promise<RemoteRepository> {
    if (this.#closed) {
      throw unavailable(`"${url}" is not read any more, the server is shutting down`);
    }
    let opening = this.#opening.get(url);
    if (opening === undefined) {
      opening = this.#begin(url);
      this.#opening.set(url, opening);
    }
    return await opening;
  }

  async #begin(url: string): Promise<RemoteRepository> {
    try {
      const repository = await this.#options.open(url);
      repository.watch((model) => this.#announce(model));
      this.#opened.add(repository);
      return repository;
    } catch (reason) {
      this.#opening.delete(url);
      throw reason;
    }
  }

  #announce(model: string): void {
    for (const listener of this.#listeners) {
      listener(model);
    }
  }
}
