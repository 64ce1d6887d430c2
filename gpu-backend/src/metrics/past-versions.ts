import type { Clock } from '@tensorfleet/core';
import { formatServableId, type ServableId } from '../lifecycle/servable.ts';

/** A scraper that comes once in five minutes still sees the last values of a version; milliseconds. */
export const PAST_VERSION_MS = 10 * 60_000;
/** Whatever their age, no more are kept than this. */
export const MAX_PAST_VERSIONS = 64;

/**
 * Versions that have ended, in that order, until nobody needs their metrics: `forget` is called once for each, unless
 * it comes back before. There is no timer: `prune` looks.
 */
export class PastVersions {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #forget: (id: ServableId) => void;
  readonly #ended = new Map<string, { readonly id: ServableId; readonly at: number }>();

  constructor(clock: Pick<Clock, 'now'>, forget: (id: ServableId) => void) {
    this.#clock = clock;
    this.#forget = forget;
  }

  ended(id: ServableId): void {
    this.cameBack(id);
    this.#ended.set(formatServableId(id), { id, at: this.#clock.now() });
    this.prune();
  }

  cameBack(id: ServableId): void {
    this.#ended.delete(formatServableId(id));
  }

  prune(): void {
    const oldest = this.#clock.now() - PAST_VERSION_MS;
    for (const [key, { id, at }] of this.#ended) {
      if (at > oldest && this.#ended.size <= MAX_PAST_VERSIONS) {
        return;
      }
      this.#ended.delete(key);
      this.#forget(id);
    }
  }
}
