import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { systemClock } from '@tensorfleet/core';
import { formatApiKey, formatKeyDocument } from '@tensorfleet/functions';
import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { composeAuthorizer } from '../../functions/src/authorizer/compose-authorizer.ts';
import { resolveAuthorizerConfig } from '../../functions/src/authorizer/config.ts';
import { createDynamoQuotaCounter } from '../../functions/src/gateway/quota/dynamo-quota-counter.ts';
import { finishRotation, makeKey, revokeKey, startRotation } from '../../scripts/src/keys/key-edits.ts';
import { createSsmKeyStore } from '../../scripts/src/keys/ssm-key-store.ts';
import { describeKeyStore } from '../contract/key-store.contract.ts';
import { describeQuotaCounter } from '../contract/quota-counter.contract.ts';
import { silentLog } from '../support/silent-log.ts';
import { installMoto, type StoreServer } from './store-servers.ts';

// Parameter Store, Secrets Manager and DynamoDB, on a server of others.
const moto = await installMoto();
const missing = 'missing' in moto ? moto.missing : undefined;

const about = { name: 'interop', scopes: [{ models: ['*'], actions: ['read' as const] }] };

describe.skipIf(missing !== undefined)(`on moto (${missing ?? 'installed'})`, () => {
  let server: StoreServer;

  beforeAll(async () => {
    if ('missing' in moto) {
      return;
    }
    server = await moto.start();
    vi.stubEnv('AWS_ENDPOINT_URL', `http://${server.address}`);
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'interop');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'interop-secret');
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server?.[Symbol.asyncDispose]();
  });

  describe('createSsmKeyStore', () => {
    describeKeyStore(async () => ({
      store: createSsmKeyStore(`/tests/${randomUUID()}`),
      [Symbol.asyncDispose]: async () => undefined,
    }));
  });

  /** Each with a cache of its own, as a new sandbox has. */
  const authorize = async (place: string, key: Parameters<typeof formatApiKey>[0], log = silentLog()) => {
    const settings = resolveAuthorizerConfig({ AUTH_MODE: 'api-key', API_KEYS: place });
    const authorizer = composeAuthorizer(settings, { clock: systemClock, now: Date.now, log });
    const decision = await authorizer?.authorize((name) => (name === 'x-api-key' ? formatApiKey(key) : undefined));
    return decision?.kind === 'refused' ? decision.refusal : decision?.kind;
  };

  it('the authorizer follows a key in Parameter Store through its life, beside one that is broken', async () => {
    const path = `/tests/${randomUUID()}/api-keys`;
    const store = createSsmKeyStore(path);
    const now = new Date();
    const { key, record } = makeKey(about, now);
    await store.add(record);
    const others = Array.from({ length: 12 }, () => makeKey(about, now).record);
    for (const other of others) {
      await store.add(other);
    }
    const change = async (edit: (current: typeof record) => typeof record): Promise<void> => {
      const stored = await store.find(record.id);
      await store.replace(stored!, edit(stored!.record));
    };
    expect(await authorize(`ssm:${path}`, key)).toBe('granted');
    const next = startRotation(record, now);
    await change(() => next.record);
    expect([await authorize(`ssm:${path}`, key), await authorize(`ssm:${path}`, next.key)]).toEqual([
      'granted',
      'granted',
    ]);
    await change(finishRotation);
    expect([await authorize(`ssm:${path}`, key), await authorize(`ssm:${path}`, next.key)]).toEqual([
      'wrong',
      'granted',
    ]);
    const broken = { Name: `${path}/broken`, Value: 'no JSON', Type: 'SecureString' } as const;
    await new SSMClient().send(new PutParameterCommand(broken));
    const log = silentLog();
    expect(await authorize(`ssm:${path}`, next.key, log)).toBe('granted');
    expect(log.lines).toMatchObject([{ text: 'API keys are left out' }]);
    await change((current) => revokeKey(current, now));
    expect(await authorize(`ssm:${path}`, next.key)).toBe('revoked');
  });

  it('the authorizer reads a secret of Secrets Manager through Parameter Store', async () => {
    const { key, record } = makeKey(about, new Date());
    const name = `tests/${randomUUID()}`;
    const client = new AwsClient({ accessKeyId: 'interop', secretAccessKey: 'interop-secret', region: 'eu-central-1' });
    const created = await client.fetch(`http://${server.address}/`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'secretsmanager.CreateSecret',
      },
      body: JSON.stringify({ Name: name, SecretString: formatKeyDocument([record]), ClientRequestToken: randomUUID() }),
      aws: { service: 'secretsmanager' },
    });
    expect(created.status).toBe(200);
    expect(await authorize(`secretsmanager:${name}`, key)).toBe('granted');
    expect(await authorize(`secretsmanager:${name}-none`, key)).toBe('unavailable');
  });

  it('the authorizer refuses everybody while the store is away', async () => {
    const { key } = makeKey(about, new Date());
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    try {
      expect(await authorize('ssm:/nowhere', key)).toBe('unavailable');
    } finally {
      vi.stubEnv('AWS_ENDPOINT_URL', `http://${server.address}`);
    }
  });

  describe('createDynamoQuotaCounter', () => {
    const table = `quota-${randomUUID()}`;

    beforeAll(async () => {
      const client = new DynamoDBClient();
      await client.send(
        new CreateTableCommand({
          TableName: table,
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          BillingMode: 'PAY_PER_REQUEST',
        }),
      );
    });

    describeQuotaCounter(
      async () => ({ counter: createDynamoQuotaCounter(table), [Symbol.asyncDispose]: async () => undefined }),
      // DynamoDB itself serialises the writes of an item.
      ' (moto checks a condition and writes in two steps: of 20 requests at once, 8 had 7 places)',
    );

    it('counts for several gateways together, in items that DynamoDB deletes after their window', async () => {
      const [one, two] = [createDynamoQuotaCounter(table), createDynamoQuotaCounter(table)];
      const nowMs = Date.parse('2026-05-01T12:34:17Z');
      const quota = { perSecond: 3, perMinute: 3 };
      const key = randomUUID();
      const kinds: string[] = [];
      for (const counter of [one, two, one, two]) {
        kinds.push((await counter.take(key, quota, nowMs)).kind);
      }
      expect(kinds).toEqual(['taken', 'taken', 'taken', 'full']);
      const id = { S: `${key}#minute#${nowMs / 60_000 - 17 / 60}` };
      const { Item: item } = await new DynamoDBClient().send(new GetItemCommand({ TableName: table, Key: { id } }));
      const expiresAt = String(Date.parse('2026-05-01T13:35:00Z') / 1_000);
      expect(item).toEqual({ id, taken: { N: '3' }, s17: { N: '3' }, expiresAt: { N: expiresAt } });
    });

    it('rejects where there is no table', async () => {
      await expect(createDynamoQuotaCounter('no-such-table').take('k', { perDay: 1 }, 0)).rejects.toThrow();
    });
  });
});
