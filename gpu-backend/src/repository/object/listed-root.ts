import { failedPrecondition, unavailable } from '@tensorfleet/core';
import { isModelName } from '@tensorfleet/repository';
import type { ListedModel, ListingOptions } from './listed-model.ts';
import { LookPace } from './look-pace.ts';
import { Outage } from './outage.ts';
import { Slots } from './slots.ts';

/** Models whose versions are listed at the same time. */
const MAX_LISTINGS = 8;
/** More names right below the root are no repository. */
const MAX_MODELS = 100_000;

/** The models of a repository without an index: a shallow listing of its root, at ever longer intervals while nothing changes. */
export class ListedRoot {
  readonly #options: ListingOptions;
  readonly #pace: LookPace;
  readonly #outage: Outage;
  readonly #slots = new Slots(MAX_LISTINGS);
  #names: readonly string[] | undefined;

  constructor(options: ListingOptions) {
    this.#options = options;
    this.#pace = new LookPace(options);
    const { store, clock, random, intervalMs: minWaitMs, maxIntervalMs: maxWaitMs, log, observer } = options;
    this.#outage = new Outage({ place: store.url, clock, random, minWaitMs, maxWaitMs, log, observer });
  }

  refresh(): void {
    this.#pace.refresh();
  }

  /** Those that have a version, sorted; one that cannot be listed counts: its scan says why. Rejects before the first listing that succeeds. */
  async models(modelOf: (name: string) => ListedModel): Promise<readonly string[]> {
    if (this.#pace.isDue) {
      await this.#look();
    }
    if (this.#names === undefined) {
      throw this.#outage.error ?? unavailable(`"${this.#options.store.url}" was not listed`);
    }
    const held = await Promise.all(this.#names.map((name) => this.#slots.run(() => holdsVersions(modelOf(name)))));
    return this.#names.filter((_, index) => held[index]);
  }

  async #look(): Promise<void> {
    const { store, observer } = this.#options;
    const before = this.#names?.join('/');
    try {
      const names: string[] = [];
      for await (const { prefixes } of store.list('', { delimiter: '/' })) {
        names.push(...prefixes.map((prefix) => prefix.slice(0, -1)).filter(isModelName));
        if (names.length > MAX_MODELS) {
          throw failedPrecondition(`"${store.url}" holds more than ${MAX_MODELS} models`);
        }
      }
      this.#names = names.toSorted();
      this.#outage.recovered();
      observer.looked('listed');
      this.#pace.looked(before === this.#names.join('/'));
    } catch (reason) {
      this.#outage.failed(reason);
      this.#pace.waitFor(this.#outage.waitMs);
      observer.looked('failed');
    }
  }
}

async function holdsVersions(model: ListedModel): Promise<boolean> {
  try {
    return (await model.versions()).length > 0;
  } catch {
    return true;
  }
}
