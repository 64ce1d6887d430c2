import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DAY_MS,
  full,
  MINUTE_MS,
  type QuotaCounter,
  type QuotaWindow,
  type Taken,
  windowNumber,
  windowsOf,
} from './quota-counter.ts';

/** The table's partition key, a string, and the attribute for its time to live, in seconds. */
const PARTITION_KEY = 'id';
const TIME_TO_LIVE = 'expiresAt';

/** An item is of no use after its window; DynamoDB deletes it within days of its time. */
const KEPT_SECONDS = 3_600;

const CONNECTION_TIMEOUT_MS = 500;
const REQUEST_TIMEOUT_MS = 500;

type Sdk = typeof import('@aws-sdk/client-dynamodb');

/** Windows whose counts share an item: attributes of one write. */
interface Item {
  readonly id: string;
  readonly ms: number;
  readonly windows: readonly { readonly window: QuotaWindow; readonly attribute: string }[];
}

/**
 * Counts for all gateways, in a DynamoDB table. A request costs one conditional write of under a kilobyte for the quotas
 * by second and minute together, and one more for that by day; a refusal costs the same, which is why those who
 * refuse remember it. The day is counted second: what a full day has taken of its last minute, nobody gets any more.
 */
export function createDynamoQuotaCounter(table: string): QuotaCounter {
  let opened: Promise<{ readonly sdk: Sdk; readonly client: DynamoDBClient }> | undefined;
  const open = async (): Promise<{ readonly sdk: Sdk; readonly client: DynamoDBClient }> => {
    const sdk = await import('@aws-sdk/client-dynamodb');
    const requestHandler = { connectionTimeout: CONNECTION_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS };
    return { sdk, client: new sdk.DynamoDBClient({ maxAttempts: 2, requestHandler }) };
  };
  return {
    async take(key, quota, nowMs) {
      opened ??= open();
      const { sdk, client } = await opened;
      for (const item of itemsOf(key, windowsOf(quota), nowMs)) {
        const taken = await takeFrom(item, { sdk, client, table, nowMs });
        if (taken.kind === 'full') {
          return taken;
        }
      }
      return { kind: 'taken' };
    },
  };
}

function itemsOf(key: string, windows: readonly QuotaWindow[], nowMs: number): readonly Item[] {
  const second = Math.floor((nowMs % MINUTE_MS) / 1_000);
  const minute = windows
    .filter(({ name }) => name !== 'day')
    .map((window) => ({ window, attribute: window.name === 'second' ? `s${second}` : 'taken' }));
  const day = windows.filter(({ name }) => name === 'day').map((window) => ({ window, attribute: 'taken' }));
  return [
    { id: `${key}#minute#${windowNumber(nowMs, MINUTE_MS)}`, ms: MINUTE_MS, windows: minute },
    { id: `${key}#day#${windowNumber(nowMs, DAY_MS)}`, ms: DAY_MS, windows: day },
  ].filter((item) => item.windows.length > 0);
}

interface Target {
  readonly sdk: Sdk;
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly nowMs: number;
}

async function takeFrom({ id, ms, windows }: Item, { sdk, client, table, nowMs }: Target): Promise<Taken> {
  const expiresAt = ((windowNumber(nowMs, ms) + 1) * ms) / 1_000 + KEPT_SECONDS;
  const values: Record<string, AttributeValue> = { ':one': { N: '1' }, ':ttl': { N: String(expiresAt) } };
  const conditions: string[] = [];
  for (const [index, { window, attribute }] of windows.entries()) {
    values[`:limit${index}`] = { N: String(window.limit) };
    conditions.push(`(attribute_not_exists(${attribute}) OR ${attribute} < :limit${index})`);
  }
  try {
    const additions = windows.map(({ attribute }) => `${attribute} :one`);
    await client.send(
      new sdk.UpdateItemCommand({
        TableName: table,
        Key: { [PARTITION_KEY]: { S: id } },
        UpdateExpression: `SET ${TIME_TO_LIVE} = :ttl ADD ${additions.join(', ')}`,
        ConditionExpression: conditions.join(' AND '),
        ExpressionAttributeValues: values,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { kind: 'taken' };
  } catch (reason) {
    if (!(reason instanceof sdk.ConditionalCheckFailedException)) {
      throw reason;
    }
    return full(fullWindow(windows, reason.Item), nowMs);
  }
}

/** The window that was full; the last, which is the longest, where the table does not say. */
function fullWindow(windows: Item['windows'], item: Record<string, AttributeValue> | undefined): QuotaWindow {
  const found = windows.find(({ window, attribute }) => Number(item?.[attribute]?.N ?? 0) >= window.limit);
  const { window } = found ?? windows.at(-1) ?? {};
  if (window === undefined) {
    throw new RangeError('an item without windows was counted'); // itemsOf makes none
  }
  return window;
}
