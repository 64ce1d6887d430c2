import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BatchWriteItemCommand, CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createClient } from '@redis/client';
import type { StoredEntities } from '../contract/feature-store.contract.ts';
import { freePorts } from '../support/free-ports.ts';
import { accepts } from './store-servers.ts';
import { installTool } from './tools.ts';

/** Why there is no Redis here; undefined when there is. */
export async function redisMissing(): Promise<string | undefined> {
  const installed = await installTool('redis-server');
  return 'missing' in installed ? installed.missing : undefined;
}

const PASSWORD = 'interop-secret';

/** Debian's Redis on a loopback port that stays its own, in a process that can be stopped, killed and started again. */
export class RedisServer implements AsyncDisposable {
  readonly #port: number;
  #process: ReturnType<typeof spawn> | undefined;

  private constructor(port: number) {
    this.#port = port;
  }

  static async start(): Promise<RedisServer> {
    const [port = 0] = await freePorts(1);
    const server = new RedisServer(port);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://:${PASSWORD}@127.0.0.1:${this.#port}/1`;
  }

  async start(): Promise<void> {
    const flags = ['--port', `${this.#port}`, '--bind', '127.0.0.1', '--save', '', '--requirepass', PASSWORD];
    this.#process = spawn('redis-server', flags, { stdio: 'ignore' });
    await accepts(this.#process, this.#port);
  }

  async kill(): Promise<void> {
    const exited = this.#process && once(this.#process, 'exit');
    this.#process?.kill('SIGKILL');
    await exited;
    this.#process = undefined;
  }

  /** Connections stay, and nothing is answered until `resume`. */
  suspend(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async put(entities: StoredEntities): Promise<void> {
    const client = createClient({ url: this.url });
    await client.connect();
    await Promise.all(Object.entries(entities).map(([key, fields]) => client.hSet(key, fields)));
    await client.close();
  }

  /** Since the start, that of the question included. */
  async connectionsReceived(): Promise<number> {
    const client = createClient({ url: this.url });
    await client.connect();
    const stats = await client.info('stats');
    await client.close();
    return Number(/total_connections_received:(\d+)/.exec(stats)?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** What the SDK needs to take the server at `address` for DynamoDB. */
export function dynamoDbEnvironment(address: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: `http://${address}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'interop',
    AWS_SECRET_ACCESS_KEY: 'interop-secret',
  };
}

const MAX_WRITES = 25;

/** A table with text as its partition key; numbers in text are written as numbers where `numbers` says so. */
export async function createTable(table: string, keyType: 'S' | 'N' = 'S'): Promise<void> {
  const client = new DynamoDBClient();
  await client.send(
    new CreateTableCommand({
      TableName: table,
      KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'key', AttributeType: keyType }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  client.destroy();
}

export async function putItems(table: string, entities: StoredEntities, keyType: 'S' | 'N' = 'S'): Promise<void> {
  const client = new DynamoDBClient();
  const items = Object.entries(entities).map(([key, fields]) => ({
    ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { S: value }])),
    key: keyType === 'S' ? { S: key } : { N: key },
  }));
  for (let first = 0; first < items.length; first += MAX_WRITES) {
    const writes = items.slice(first, first + MAX_WRITES).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: writes } }));
  }
  client.destroy();
}
