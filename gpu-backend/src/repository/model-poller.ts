import { isDeepStrictEqual } from 'node:util';
import { type Clock, Code, StatusError, type Version } from '@tensorfleet/core';
import type { Loader } from '../lifecycle/servable.ts';
import type { ModelRepository, ModelVersion } from './model-repository.ts';
import { Repeater } from './repeater.ts';
import type { RepositoryLog } from './repository-log.ts';
import { type ServableVersionPolicy, selectVersions } from './servable-version-policy.ts';

export interface ModelPollerOptions<T> {
  readonly repository: ModelRepository;
  readonly makeLoader: (version: ModelVersion) => Loader<T>;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly maxRuns: number;
  readonly keepLastVersion: boolean;
  readonly log: RepositoryLog;
  /** Called with all loaders, ascending, when the aspired set has changed. */
  readonly emit: (model: string, loaders: readonly Loader<T>[]) => void;
}

interface Aspired<T> {
  readonly found: ModelVersion;
  readonly loader: Loader<T>;
}

/**
 * Scans one model and turns what it finds into loaders. Invariants: a version that stays as it is keeps its
 * loader; `emit` is called only for a set that differs from the one before, and never after `close`.
 */
export class ModelPoller<T> {
  readonly #model: string;
  readonly #options: ModelPollerOptions<T>;
  readonly #repeater: Repeater;
  #policy: ServableVersionPolicy;
  #aspired: ReadonlyMap<Version, Aspired<T>> = new Map();
  #error: StatusError | undefined;
  /** What was said last, by topic, so that it is said once. */
  readonly #said = new Map<string, string>();
  #closed = false;

  constructor(model: string, policy: ServableVersionPolicy, options: ModelPollerOptions<T>) {
    this.#model = model;
    this.#policy = policy;
    this.#options = options;
    const { clock, intervalMs, maxRuns } = options;
    this.#repeater = new Repeater({ clock, intervalMs, maxRuns, run: () => this.#scan() });
  }

  get loaders(): readonly Loader<T>[] {
    return [...this.#aspired.values()].map((aspired) => aspired.loader);
  }

  /** Why the last scan failed, undefined when it did not. */
  get error(): StatusError | undefined {
    return this.#error;
  }

  start(): void {
    this.#repeater.start();
  }

  /** Resolves after a scan that began after this call; `error` says how it went. */
  scanNow(): Promise<void> {
    return this.#repeater.runNow();
  }

  /** Takes effect with the next scan; returns whether the policy is another one. */
  setPolicy(policy: ServableVersionPolicy): boolean {
    const changed = !isDeepStrictEqual(policy, this.#policy);
    this.#policy = policy;
    return changed;
  }

  /** Stops polling and emits nothing more; resolves when the running scan is over. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#repeater.close();
  }

  /** A missing directory is an answer, not a failure: the next version appears there at the usual interval. */
  async #scan(): Promise<boolean> {
    try {
      const found = await this.#options.repository.scan(this.#model, this.#policy);
      this.#error = undefined;
      this.#say('error', undefined);
      this.#aspire(found);
      return true;
    } catch (reason) {
      const error = StatusError.from(reason);
      this.#error = error;
      this.#say('error', this.#sayKept(error.message));
      if (error.code === Code.NotFound && !this.#keepsLast()) {
        this.#replace([]);
      }
      return error.code === Code.NotFound;
    }
  }

  #aspire(found: readonly ModelVersion[]): void {
    const byVersion = new Map(found.map((each) => [each.version, each]));
    const { aspired, missing } = selectVersions(this.#policy, [...byVersion.keys()]);
    this.#say('missing', missing.length === 0 ? undefined : sayMissing(this.#model, missing));
    if (aspired.length === 0 && this.#keepsLast()) {
      this.#say('empty', this.#sayKept(`model "${this.#model}" has no version that its policy wants`));
      return;
    }
    this.#say('empty', undefined);
    this.#replace(aspired.flatMap((version) => byVersion.get(version) ?? []));
  }

  /** A policy that names no version at all asks for nothing to be served. */
  #keepsLast(): boolean {
    const emptyOnPurpose = this.#policy.kind === 'specific' && this.#policy.versions.length === 0;
    return this.#options.keepLastVersion && !emptyOnPurpose && this.#aspired.size > 0;
  }

  #replace(wanted: readonly ModelVersion[]): void {
    const next = new Map<Version, Aspired<T>>();
    let changed = wanted.length !== this.#aspired.size;
    for (const each of wanted) {
      const known = this.#aspired.get(each.version);
      const unchanged = known?.found === each;
      changed ||= !unchanged;
      const made = unchanged ? known : { found: each, loader: this.#options.makeLoader(each) };
      next.set(each.version, made);
    }
    if (changed && !this.#closed) {
      this.#aspired = next;
      this.#options.emit(this.#model, this.loaders);
    }
  }

  #sayKept(message: string): string {
    const versions = [...this.#aspired.keys()].join(', ');
    return versions === '' ? message : `${message}; version ${versions} stays`;
  }

  #say(topic: string, message: string | undefined): void {
    if (message === undefined) {
      this.#said.delete(topic);
    } else if (!this.#closed && this.#said.get(topic) !== message) {
      this.#said.set(topic, message);
      this.#options.log.warn({ model: this.#model }, message);
    }
  }
}

function sayMissing(model: string, missing: readonly Version[]): string {
  return `model "${model}" has no version ${missing.join(', ')}, which its policy names`;
}
