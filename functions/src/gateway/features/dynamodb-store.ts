import type {
  AttributeValue,
  BatchGetItemCommandOutput,
  DynamoDBClient,
  KeysAndAttributes,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '@tensorfleet/core';
import type { FeatureValue } from '@tensorfleet/preprocess';
import { untilAborted } from '../until-aborted.ts';
import type { EntityFields, FeatureStore, GetManyOptions } from './feature-store.ts';

export interface DynamoDbStoreSettings {
  readonly kind: 'dynamodb';
  readonly table: string;
  /** The table's partition key; it has no sort key. */
  readonly keyAttribute: string;
  /** Whether the partition key is text or a number. */
  readonly keyType: 'S' | 'N';
}

export interface DynamoDbStoreDependencies {
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Of a BatchGetItem. */
const MAX_KEYS = 100;
const MAX_EXPRESSION_CHARACTERS = 4096;

const FIRST_BACKOFF_MS = 25;
const MAX_BACKOFF_MS = 800;

/** Numbers as DynamoDB gives them back; for it 07 and 7 are the same key. */
const NUMBER_KEY = /^(?:0|-?[1-9]\d{0,37})$/;

/** A connection that does not come about soon is tried again while the lookup still has time. */
const CLIENT_OPTIONS = { maxAttempts: 2, requestHandler: { connectionTimeout: 1_000 } };

type Item = Record<string, AttributeValue>;

/** Features in a table of DynamoDB, one item per entity, one attribute per field. Region and keys come as the SDK finds them. */
export class DynamoDbStore implements FeatureStore {
  readonly #settings: DynamoDbStoreSettings;
  readonly #dependencies: DynamoDbStoreDependencies;
  #client: Promise<DynamoDBClient> | undefined;

  constructor(settings: DynamoDbStoreSettings, dependencies: DynamoDbStoreDependencies) {
    this.#settings = settings;
    this.#dependencies = dependencies;
  }

  open(): Promise<unknown> {
    return this.#connected();
  }

  async getMany(
    keys: readonly string[],
    fields: readonly string[],
    { signal }: GetManyOptions,
  ): Promise<readonly EntityFields[]> {
    const asked = this.#settings.keyType === 'N' ? keys.filter((key) => NUMBER_KEY.test(key)) : keys;
    const found = new Map<string, EntityFields>();
    const chunks: (readonly string[])[] = [];
    for (let first = 0; first < asked.length; first += MAX_KEYS) {
      chunks.push(asked.slice(first, first + MAX_KEYS));
    }
    await Promise.all(chunks.map((chunk) => this.#getChunk(chunk, fields, found, signal)));
    return keys.map((key) => found.get(key) ?? new Map());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    (await this.#client)?.destroy();
  }

  async #getChunk(
    keys: readonly string[],
    fields: readonly string[],
    found: Map<string, EntityFields>,
    signal: AbortSignal,
  ): Promise<void> {
    const { table, keyAttribute, keyType } = this.#settings;
    const { BatchGetItemCommand } = await import('@aws-sdk/client-dynamodb');
    const client = await this.#connected();
    const projection = projectionOf([keyAttribute, ...fields]);
    let asked: Item[] = keys.map((key) => ({ [keyAttribute]: keyValue(keyType, key) }));
    for (let attempt = 0; asked.length > 0; attempt++) {
      if (attempt > 0) {
        await this.#backOff(attempt, signal);
      }
      const request = new BatchGetItemCommand({ RequestItems: { [table]: { Keys: asked, ...projection } } });
      const output: BatchGetItemCommandOutput = await client.send(request, { abortSignal: signal });
      for (const item of output.Responses?.[table] ?? []) {
        found.set(item[keyAttribute]?.[keyType] ?? '', entityFrom(fields, item));
      }
      asked = output.UnprocessedKeys?.[table]?.Keys ?? [];
    }
  }

  async #backOff(attempt: number, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#dependencies;
    const delayMs = Math.min(FIRST_BACKOFF_MS * 2 ** (attempt - 1), MAX_BACKOFF_MS) * (0.5 + random() / 2);
    const waited = Promise.withResolvers<void>();
    using _ = clock.schedule(delayMs, waited.resolve);
    await untilAborted(waited.promise, signal);
  }

  #connected(): Promise<DynamoDBClient> {
    this.#client ??= import('@aws-sdk/client-dynamodb').then((sdk) => new sdk.DynamoDBClient(CLIENT_OPTIONS));
    return this.#client;
  }
}

function keyValue(keyType: 'S' | 'N', key: string): AttributeValue {
  return keyType === 'S' ? { S: key } : { N: key };
}

/** Only these attributes; all of them where naming them takes more than DynamoDB reads. */
function projectionOf(
  fields: readonly string[],
): Pick<KeysAndAttributes, 'ProjectionExpression' | 'ExpressionAttributeNames'> {
  const names = new Map([...new Set(fields)].map((field, index) => [`#${index}`, field]));
  const expression = [...names.keys()].join(',');
  return expression.length > MAX_EXPRESSION_CHARACTERS
    ? {}
    : { ProjectionExpression: expression, ExpressionAttributeNames: Object.fromEntries(names) };
}

function entityFrom(fields: readonly string[], item: Readonly<Item>): EntityFields {
  const attributes = new Map(Object.entries(item));
  const entity = new Map<string, FeatureValue>();
  for (const field of fields) {
    const attribute = attributes.get(field);
    if (attribute !== undefined && attribute.NULL !== true) {
      entity.set(field, valueFrom(attribute));
    }
  }
  return entity;
}

/** Numbers are text in DynamoDB too. Maps and sets, which have no order, become lists without elements, which fit nothing. */
function valueFrom({ S, N, BOOL, B, L }: AttributeValue): FeatureValue {
  return S ?? N ?? B ?? (BOOL === undefined ? (L ?? []).map(valueFrom) : String(BOOL));
}
