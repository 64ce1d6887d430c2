import { untilAborted } from '../until-aborted.ts';
import type { EntityFields, FeatureStore, GetManyOptions } from './feature-store.ts';

export interface RedisStoreSettings {
  readonly kind: 'redis';
  /** `redis://` or, over TLS, `rediss://`, with user and password where there are such. */
  readonly url: string;
}

export interface RedisStoreDependencies {
  /** Milliseconds for the age of what is unused, never going back; a frozen sandbox's, too. */
  readonly now: () => number;
}

const CONNECT_TIMEOUT_MS = 2_000;
/** Lambda's network forgets connections that were silent for 350 s, and tells neither side. */
const MAX_IDLE_MS = 240_000;

/** As much of the library's client as is used. */
interface Client {
  readonly isOpen: boolean;
  hmGet(key: string, fields: string[]): Promise<readonly (string | null)[]>;
  destroy(): void;
}

interface Connection {
  readonly client: Client;
  readonly ready: Promise<unknown>;
  /** Whether an error is the server's answer, so that the connection is as good as before. */
  isReply(reason: unknown): boolean;
}

/**
 * Features in hashes of a Redis server, one per entity: HSET user:42 age 31. Fields are text.
 *
 * The connection outlasts a lookup, and one that was lost is opened again by the next lookup, never in the background: a
 * sandbox may be frozen between two. Nothing waits for a server that is away.
 */
export class RedisStore implements FeatureStore {
  readonly #url: string;
  readonly #now: () => number;
  #usedAt = 0;
  #connection: Promise<Connection> | undefined;

  constructor({ url }: RedisStoreSettings, { now }: RedisStoreDependencies) {
    this.#url = url;
    this.#now = now;
  }

  open(): Promise<unknown> {
    return import('@redis/client');
  }

  async getMany(
    keys: readonly string[],
    fields: readonly string[],
    { signal }: GetManyOptions,
  ): Promise<readonly EntityFields[]> {
    const known = this.#connection;
    try {
      return await this.#ask(keys, fields, signal);
    } catch (reason) {
      // A connection that was there before may have died unseen, while the sandbox was frozen.
      if (known === undefined || known === this.#connection || signal.aborted) {
        throw reason;
      }
      return await this.#ask(keys, fields, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#drop(this.#connection);
  }

  async #ask(
    keys: readonly string[],
    fields: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly EntityFields[]> {
    if (this.#now() - this.#usedAt > MAX_IDLE_MS) {
      await this.#drop(this.#connection);
    }
    this.#usedAt = this.#now();
    this.#connection ??= connect(this.#url);
    const opening = this.#connection;
    const { client, ready, isReply } = await opening;
    try {
      await untilAborted(ready, signal);
    } catch (reason) {
      await this.#drop(opening);
      throw reason;
    }
    try {
      // Commands of one turn of the loop go out together.
      const replies = Promise.all(keys.map((key) => client.hmGet(key, [...fields])));
      return (await untilAborted(replies, signal)).map((values) => entityFrom(fields, values));
    } catch (reason) {
      if (!isReply(reason)) {
        await this.#drop(opening);
      }
      throw reason;
    }
  }

  async #drop(dropped: Promise<Connection> | undefined): Promise<void> {
    if (this.#connection === dropped) {
      this.#connection = undefined;
    }
    const connection = await dropped?.catch(() => undefined);
    if (connection?.client.isOpen) {
      connection.client.destroy();
    }
  }
}

/** Resolves before the server has answered. */
async function connect(url: string): Promise<Connection> {
  const { createClient, ErrorReply } = await import('@redis/client');
  const client = createClient({
    url,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    socket: { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: false },
  });
  client.on('error', () => undefined); // whoever waits for an answer hears of it
  const ready = client.connect();
  ready.catch(() => undefined);
  return { client, ready, isReply: (reason) => reason instanceof ErrorReply };
}

function entityFrom(fields: readonly string[], values: readonly (string | null)[]): EntityFields {
  const entity = new Map<string, string>();
  for (const [index, field] of fields.entries()) {
    const value = values[index];
    if (typeof value === 'string') {
      entity.set(field, value);
    }
  }
  return entity;
}
