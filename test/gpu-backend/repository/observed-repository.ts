import type { StatusError } from '@tensorfleet/core';
import { EMPTY_INDEX, type RepositoryIndex } from '@tensorfleet/repository';
import type {
  FoundVersions,
  IndexChange,
  ModelRepository,
} from '../../../gpu-backend/src/repository/model-repository.ts';
import type { ServableVersionPolicy } from '../../../gpu-backend/src/repository/servable-version-policy.ts';

/** A real repository whose scans a test can count, hold, let fail and wait for. */
export class ObservedRepository implements ModelRepository {
  readonly #inner: ModelRepository;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #failures = new Map<string, StatusError>();
  #listFailure: StatusError | undefined;
  readonly #gates = new Map<string, PromiseWithResolvers<void>>();
  /** What changes are made of; they are not kept. */
  index: RepositoryIndex = EMPTY_INDEX;
  /** The models in the order in which their scans began. */
  readonly scanned: string[] = [];

  constructor(inner: ModelRepository) {
    this.#inner = inner;
  }

  models(): Promise<readonly string[]> {
    return this.#observe(async () => {
      if (this.#listFailure !== undefined) {
        throw this.#listFailure;
      }
      return await this.#inner.models();
    });
  }

  scan(model: string, policy?: ServableVersionPolicy, basePath?: string): Promise<FoundVersions> {
    this.scanned.push(model);
    return this.#observe(async () => {
      await this.#gates.get(model)?.promise;
      const failure = this.#failures.get(model);
      if (failure !== undefined) {
        throw failure;
      }
      return await this.#inner.scan(model, policy, basePath);
    });
  }

  forget(model: string): void {
    this.#inner.forget(model);
  }

  refresh(): void {
    this.#inner.refresh();
  }

  async update(model: string, change: IndexChange, basePath = ''): Promise<boolean> {
    const changed = change(this.index, `${basePath}/${model}`);
    return changed !== this.index;
  }

  watch(onNews: (model: string) => void): Disposable {
    return this.#inner.watch(onNews);
  }

  /** Scans of `model` fail with `error` until they are told otherwise. */
  fail(model: string, error: StatusError | undefined): void {
    if (error === undefined) {
      this.#failures.delete(model);
    } else {
      this.#failures.set(model, error);
    }
  }

  failList(error: StatusError | undefined): void {
    this.#listFailure = error;
  }

  /** Scans of `model` that begin from now on wait until `release`. */
  hold(model: string): void {
    this.#gates.set(model, Promise.withResolvers());
  }

  release(model: string): void {
    this.#gates.get(model)?.resolve();
    this.#gates.delete(model);
  }

  /** Resolves when no scan runs and everybody has heard of the last one. */
  async idle(): Promise<void> {
    do {
      await nextTurn();
      await Promise.allSettled([...this.#pending]);
      await nextTurn();
    } while (this.#pending.size > 0);
  }

  async #observe<R>(work: () => Promise<R>): Promise<R> {
    const pending = work();
    this.#pending.add(pending);
    try {
      return await pending;
    } finally {
      this.#pending.delete(pending);
    }
  }
}

/** Long enough for every promise that is settled by now to have told its followers. */
export async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
