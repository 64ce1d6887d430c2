import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readIndex } from '@tensorfleet/repository';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPublisherHandler } from '../../functions/src/lambda/queued-uploads.ts';
import { composePublisher } from '../../functions/src/publisher/compose.ts';
import { resolvePublisherConfig } from '../../functions/src/publisher/config.ts';
import { mnistDirectory } from '../support/model-repository.ts';
import { World } from './publishing-world.ts';
import { installVersitygw } from './store-servers.ts';

const installed = await installVersitygw();
const SETTLE_SECONDS = 1;

/** As much of SQS as keeps what is sent to it. */
async function startQueue(): Promise<{ readonly url: string; readonly bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    bodies.push(JSON.parse(Buffer.concat(chunks).toString()).MessageBody);
    response.end('{"MessageId":"m"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/1/uploads`, bodies };
}

describe.skipIf('missing' in installed)('the publisher function over an S3 server', () => {
  it('publishes a plain upload from the events of the bucket, and a running server serves it', async () => {
    await using world = await World.create('start' in installed ? installed.start : () => expect.fail('not installed'));
    const queue = await startQueue();
    const config = resolvePublisherConfig({
      ...world.environment,
      MODEL_REPOSITORY: world.model.replace(/\/mnist$/, ''),
      PUBLISHER_QUEUE_URL: queue.url,
      PUBLISHER_SETTLE_SECONDS: String(SETTLE_SECONDS),
      LOG_LEVEL: 'silent',
    });
    const handler = createPublisherHandler(() => composePublisher(config));
    const deliver = async (bodies: readonly string[]): Promise<void> => {
      const records = bodies.map((body, index) => ({ messageId: String(index), body }));
      const result = await handler({ Records: records }, { getRemainingTimeInMillis: () => 60_000 });
      expect(result).toEqual({ batchItemFailures: [] });
    };
    const serving = world.serve();
    serving.catch(() => undefined);
    const store = await world.openStore();
    const directory = mnistDirectory(1);
    const names = await readdir(directory);
    for (const name of names) {
      await store.put(`mnist/1/${name}`, await readFile(join(directory, name)));
    }
    await deliver(names.map((name) => eventOf(`repository/mnist/1/${name}`)));
    expect(queue.bodies).toHaveLength(1);
    await delay(SETTLE_SECONDS * 1_000);
    await deliver(queue.bodies);
    const index = await readIndex(store);
    expect([...(index?.models.get('mnist')?.versions.keys() ?? [])]).toEqual([1]);
    await serving;
  });
});

it.runIf('missing' in installed)('versitygw is not there', ({ skip }) => {
  skip('missing' in installed ? installed.missing : '');
});

function eventOf(key: string): string {
  const detail = {
    version: '0',
    bucket: { name: 'models' },
    object: { key, size: 5, sequencer: '61' },
    reason: 'PutObject',
  };
  return JSON.stringify({ version: '0', 'detail-type': 'Object Created', source: 'aws.s3', detail });
}
