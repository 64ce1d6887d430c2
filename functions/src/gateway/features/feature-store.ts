import type { FeatureValue } from '@tensorfleet/preprocess';

/** Fields of an entity by name, without those it does not have; empty for an entity that is not there. */
export type EntityFields = ReadonlyMap<string, FeatureValue>;

export interface GetManyOptions {
  /** Ends the lookup: it rejects with the signal's reason, or soon after for a reason of its own. */
  readonly signal: AbortSignal;
}

/** Where features are kept, entity by entity. Connects with the first lookup, and again after a connection was lost. */
export interface FeatureStore extends AsyncDisposable {
  /** Loads the store's library, which takes a part of a second the first time; connects to nothing. */
  open(): Promise<unknown>;
  /**
   * The `fields` of the entities with these keys, in the order of the keys, of which no two are equal. Rejects with
   * UNAVAILABLE when the store does not answer or refuses.
   */
  getMany(
    keys: readonly string[],
    fields: readonly string[],
    options: GetManyOptions,
  ): Promise<readonly EntityFields[]>;
}
