import { isDeepStrictEqual } from 'node:util';
import { type Clock, Code, notFound, StatusError, type Version } from '@tensorfleet/core';
import { type ModelRouting, routedVersions } from '@tensorfleet/repository';
import type { Loader } from '../lifecycle/servable.ts';
import type { ModelRepository, ModelVersion } from './model-repository.ts';
import { Repeater, type RunOutcome } from './repeater.ts';
import type { RepositoryLog } from './repository-log.ts';
import { selectVersions } from './servable-version-policy.ts';
import type { ModelState, WatchedModel } from './watched-model.ts';

export interface ModelPollerOptions<T> {
  readonly repository: ModelRepository;
  readonly makeLoader: (version: ModelVersion) => Loader<T>;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly maxRuns: number;
  readonly keepLastVersion: boolean;
  /** Versions that labels in force name, held as those of a WatchedModel unless the policy says exactly what is served. */
  readonly labelled: () => readonly Version[];
  readonly log: RepositoryLog;
  /** Called with all loaders, ascending, when the aspired set has changed. */
  readonly emit: (model: string, loaders: readonly Loader<T>[]) => void;
  /** Called after every scan. */
  readonly onLook: () => void;
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
  #watch: WatchedModel;
  #aspired: ReadonlyMap<Version, Aspired<T>> = new Map();
  #routing: ModelRouting | undefined;
  #held: readonly Version[] = [];
  #settling: readonly Version[] = [];
  /** The last look found nothing but what is settling. */
  #isUndecided = false;
  #error: StatusError | undefined;
  /** The look that somebody waits for, and the last one that began; counted from the start. */
  #wantedLook = 1;
  #begunLooks = 0;
  #isPending = true;
  /** What was said last, by topic, so that it is said once. */
  readonly #said = new Map<string, string>();
  #closed = false;

  constructor(model: string, watch: WatchedModel, options: ModelPollerOptions<T>) {
    this.#model = model;
    this.#watch = watch;
    this.#options = options;
    const { clock, intervalMs, maxRuns } = options;
    this.#repeater = new Repeater({ clock, intervalMs, maxRuns, run: () => this.#scan() });
  }

  get loaders(): readonly Loader<T>[] {
    return [...this.#aspired.values()].map((aspired) => aspired.loader);
  }

  /** Where its versions are, if not where the repository has them. */
  get basePath(): string | undefined {
    return this.#watch.basePath;
  }

  state(): ModelState {
    return {
      versions: [...this.#aspired.keys()],
      held: this.#held,
      isPending: this.#isPending,
      settling: this.#settling,
      ...(this.#routing && { routing: this.#routing }),
      ...(this.#error && { error: this.#error }),
    };
  }

  start(): void {
    this.#repeater.start();
  }

  /** Resolves after a scan that began after this call; `state` says how it went. */
  scanNow(): Promise<void> {
    return this.#repeater.runNow();
  }

  /** Takes effect with the next scan; returns whether that may change what is aspired to. */
  configure(watch: WatchedModel): boolean {
    const { policy, basePath } = this.#watch;
    const isOther = !isDeepStrictEqual([policy, basePath], [watch.policy, watch.basePath]);
    this.#watch = watch;
    const held = this.#wantedHeld();
    const letsGo = this.#held.some((version) => !held.includes(version));
    if (isOther) {
      this.lookAgain();
    }
    return isOther || letsGo;
  }

  /** Pending until a scan that began after this call has had a result. */
  lookAgain(): void {
    this.#isPending = true;
    this.#wantedLook = this.#begunLooks + 1;
  }

  /** Stops polling and emits nothing more; resolves when the running scan is over. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#repeater.close();
  }

  /** A missing directory is an answer, not a failure: the next version appears there at the usual interval. */
  async #scan(): Promise<RunOutcome> {
    const { policy, basePath } = this.#watch;
    const look = ++this.#begunLooks;
    let outcome: RunOutcome = 'ok';
    try {
      const { complete, settling, routing } = await this.#options.repository.scan(this.#model, policy, basePath);
      this.#say('error', undefined);
      this.#settling = settling;
      this.#routing = routing;
      this.#error = this.#aspire(complete);
      outcome = settling.length > 0 ? 'soon' : 'ok';
    } catch (reason) {
      this.#error = StatusError.from(reason);
      this.#settling = [];
      this.#isUndecided = false;
      outcome = this.#onFailed(this.#error);
    }
    this.#isPending &&= look < this.#wantedLook || this.#isUndecided;
    if (!this.#closed) {
      this.#options.onLook();
    }
    return outcome;
  }

  #onFailed(error: StatusError): RunOutcome {
    this.#say('error', this.#sayKept(error.message));
    if (error.code !== Code.NotFound) {
      return 'failed';
    }
    if (!this.#keepsLast()) {
      this.#routing = undefined;
      this.#replace([]);
    }
    return 'ok';
  }

  /** The error when there is nothing to aspire to. */
  #aspire(found: readonly ModelVersion[]): StatusError | undefined {
    const byVersion = new Map(found.map((each) => [each.version, each]));
    const { policy } = this.#watch;
    const { aspired: selected, missing } = selectVersions(policy, [...byVersion.keys()]);
    const aspired = [...new Set([...selected, ...this.#routedAmong(byVersion)])];
    this.#say('missing', missing.length === 0 ? undefined : sayMissing(this.#model, missing));
    this.#isUndecided = aspired.length === 0 && this.#settling.length > 0;
    if (this.#isUndecided) {
      return undefined; // until the next look all stays as it is
    }
    const isEmpty = aspired.length === 0 && !this.#isEmptyOnPurpose;
    const message = `model "${this.#model}" has no version that its policy wants`;
    this.#say('empty', isEmpty && this.#keepsLast() ? this.#sayKept(message) : undefined);
    if (!isEmpty || !this.#keepsLast()) {
      this.#replace(aspired.flatMap((version) => byVersion.get(version) ?? []));
    }
    return isEmpty ? notFound(message, { model: this.#model }) : undefined;
  }

  /** What labels and the like name is wanted, too, unless the policy says exactly what is. */
  #routedAmong(found: ReadonlyMap<Version, ModelVersion>): readonly Version[] {
    const routed =
      this.#routing === undefined || this.#watch.policy.kind === 'specific' ? [] : routedVersions(this.#routing);
    return [...routed].filter((version) => found.has(version));
  }

  /** A policy that names no version at all asks for nothing to be served. */
  get #isEmptyOnPurpose(): boolean {
    const { policy } = this.#watch;
    return policy.kind === 'specific' && policy.versions.length === 0;
  }

  #keepsLast(): boolean {
    return this.#options.keepLastVersion && !this.#isEmptyOnPurpose && this.#aspired.size > 0;
  }

  /** Aspires to these versions, and to those that are held. */
  #replace(wanted: readonly ModelVersion[]): void {
    const next = new Map<Version, Aspired<T>>();
    for (const each of wanted) {
      const known = this.#aspired.get(each.version);
      next.set(each.version, known?.found === each ? known : { found: each, loader: this.#options.makeLoader(each) });
    }
    const held = this.#wantedHeld().filter((version) => !next.has(version) && this.#aspired.has(version));
    const kept = held.flatMap((version) => this.#aspired.get(version) ?? []);
    const all = [...next.values(), ...kept].toSorted((a, b) => a.found.version - b.found.version);
    if (this.#closed) {
      return;
    }
    this.#held = held;
    const changed = all.length !== this.#aspired.size || all.some((one) => !this.#isAspired(one));
    this.#aspired = new Map(all.map((one) => [one.found.version, one]));
    if (changed) {
      this.#options.emit(this.#model, this.loaders);
    }
  }

  /** Each once. */
  #wantedHeld(): readonly Version[] {
    const { policy, held = [] } = this.#watch;
    return [...new Set([...held, ...(policy.kind === 'specific' ? [] : this.#options.labelled())])];
  }

  #isAspired({ found, loader }: Aspired<T>): boolean {
    return this.#aspired.get(found.version)?.loader === loader;
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
