import {
  type CallContext,
  type Clock,
  Code,
  deadlineExceeded,
  type Logger,
  StatusError,
  unavailable,
} from '@tensorfleet/core';
import type { FeatureValue } from '@tensorfleet/preprocess';
import type { BoundedCache } from '../bounded-cache.ts';
import { untilAborted } from '../until-aborted.ts';
import type { EntityFields, FeatureStore } from './feature-store.ts';

export interface FeatureLookupsParts {
  /** The store's name, for errors. */
  readonly name: string;
  readonly store: FeatureStore;
  /** May be shared with the lookups of other stores. */
  readonly cache: BoundedCache<EntityFields>;
  readonly clock: Clock;
  /** A lookup that takes longer has failed. */
  readonly timeoutMs: number;
  /** Is told why a lookup failed, which clients are not. */
  readonly log: Pick<Logger, 'warn'>;
}

/** Entities that are looked up at a time; more are refused, or a store that is slow would fill the memory. */
const MAX_IN_FLIGHT = 20_000;

interface InFlight {
  readonly batch: Promise<readonly EntityFields[]>;
  readonly index: number;
}

/**
 * The lookups in one store. An entity is remembered for a while, one that is not there too; an entity that is being
 * looked up is not looked up again, whoever asks. A lookup serves all who wait for it, so it has its own time, and goes
 * on when whoever came first has left.
 */
export class FeatureLookups {
  readonly #parts: FeatureLookupsParts;
  readonly #inFlight = new Map<string, InFlight>();

  constructor(parts: FeatureLookupsParts) {
    this.#parts = parts;
  }

  /**
   * The fields of entities by key. Rejects with UNAVAILABLE when the store fails, DEADLINE_EXCEEDED when the call is
   * over before it has answered; both name the store.
   */
  async get(
    keys: Iterable<string>,
    fields: readonly string[],
    call: CallContext,
  ): Promise<ReadonlyMap<string, EntityFields>> {
    const { name, cache } = this.#parts;
    const prefix = JSON.stringify([name, fields]);
    const found = new Map<string, EntityFields>();
    const awaited = new Map<string, InFlight>();
    const missing: string[] = [];
    for (const key of keys) {
      const cached = cache.get(prefix + key);
      const inFlight = this.#inFlight.get(prefix + key);
      if (cached !== undefined) {
        found.set(key, cached);
      } else if (inFlight !== undefined) {
        awaited.set(key, inFlight);
      } else {
        missing.push(key);
      }
    }
    if (missing.length > 0) {
      const batch = this.#lookUp(prefix, missing, fields);
      for (const [index, key] of missing.entries()) {
        awaited.set(key, { batch, index });
      }
    }
    await this.#collect(awaited, found, call);
    return found;
  }

  async #collect(
    awaited: ReadonlyMap<string, InFlight>,
    found: Map<string, EntityFields>,
    call: CallContext,
  ): Promise<void> {
    const batches = new Set([...awaited.values()].map(({ batch }) => batch));
    if (batches.size === 0) {
      return;
    }
    try {
      await untilAborted(Promise.all(batches), call.signal);
    } catch (reason) {
      throw call.signal.aborted ? this.#overdue(StatusError.from(call.signal.reason)) : reason;
    }
    for (const [key, { batch, index }] of awaited) {
      found.set(key, (await batch)[index] ?? NO_FIELDS);
    }
  }

  #overdue(reason: StatusError): StatusError {
    const { name } = this.#parts;
    return reason.code === Code.DeadlineExceeded
      ? deadlineExceeded(`feature store "${name}" did not answer before the deadline of the request`, { store: name })
      : reason;
  }

  #lookUp(prefix: string, keys: readonly string[], fields: readonly string[]): Promise<readonly EntityFields[]> {
    const { name, cache } = this.#parts;
    const inFlight = this.#inFlight;
    if (inFlight.size + keys.length > MAX_IN_FLIGHT) {
      const problem = `has ${inFlight.size} entities to look up already, and takes at most ${MAX_IN_FLIGHT}`;
      throw unavailable(`feature store "${name}" ${problem}`, { store: name });
    }
    const batch = this.#ask(keys, fields)
      .then((found) => {
        for (const [index, key] of keys.entries()) {
          const entity = found[index] ?? NO_FIELDS;
          cache.set(prefix + key, entity, bytesOf(entity));
        }
        return found;
      })
      .finally(() => {
        for (const key of keys) {
          inFlight.delete(prefix + key);
        }
      });
    batch.catch(() => undefined); // whoever waits hears of it; all of them may have left
    for (const [index, key] of keys.entries()) {
      inFlight.set(prefix + key, { batch, index });
    }
    return batch;
  }

  async #ask(keys: readonly string[], fields: readonly string[]): Promise<readonly EntityFields[]> {
    const { name, store, clock, timeoutMs, log } = this.#parts;
    await store.open(); // not a matter of the store's speed
    const controller = new AbortController();
    const details = { store: name };
    const expire = (): void =>
      controller.abort(unavailable(`feature store "${name}" did not answer within ${timeoutMs} ms`, details));
    using _ = clock.schedule(timeoutMs, expire);
    const { signal } = controller;
    try {
      return await untilAborted(store.getMany(keys, fields, { signal }), signal);
    } catch (reason) {
      const error = signal.aborted
        ? StatusError.from(signal.reason)
        : unavailable(`feature store "${name}" failed: ${kindOf(reason)}`, details, reason);
      log.warn({ store: name, error }, error.message);
      throw error;
    }
  }
}

/** The code or name of an error: its message may tell of accounts and addresses. */
function kindOf(reason: unknown): string {
  const { code, name } = (reason instanceof Error ? reason : {}) as { readonly code?: unknown; readonly name?: string };
  return typeof code === 'string' ? code : (name ?? 'unknown error');
}

const NO_FIELDS: EntityFields = new Map();

function bytesOf(entity: EntityFields): number {
  let bytes = 0;
  for (const [field, value] of entity) {
    bytes += field.length * 2 + valueBytes(value);
  }
  return bytes;
}

/** About; lists cost more than their elements. */
function valueBytes(value: FeatureValue): number {
  if (typeof value === 'string') {
    return 24 + value.length * 2;
  }
  return value instanceof Uint8Array
    ? 100 + value.byteLength
    : value.reduce((sum, element) => sum + 8 + valueBytes(element), 40);
}
