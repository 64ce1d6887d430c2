import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Code } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLookQueue, type LookQueue } from '../../../functions/src/publisher/look-queue.ts';

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-central-1' };

describe('createLookQueue', () => {
  let server: Server;
  let queueUrl: string;
  let queue: LookQueue;
  let asked: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: unknown }[];
  let status: number;

  beforeEach(async () => {
    asked = [];
    status = 200;
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) {
        chunks.push(chunk);
      }
      asked.push({
        path: request.url ?? '',
        headers: request.headers,
        body: JSON.parse(Buffer.concat(chunks).toString()),
      });
      response.writeHead(status).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    queueUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/1/q`;
    queue = createLookQueue(queueUrl, CREDENTIALS);
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('sends a signed message with its delay in whole seconds', async () => {
    await queue.send('hello', 1_500, AbortSignal.timeout(5_000));
    expect(asked).toMatchObject([
      {
        path: '/',
        headers: {
          'x-amz-target': 'AmazonSQS.SendMessage',
          'content-type': 'application/x-amz-json-1.0',
          authorization: expect.stringMatching(/Credential=id\/\d{8}\/eu-central-1\/sqs\/aws4_request/),
        },
        body: { QueueUrl: queueUrl, MessageBody: 'hello', DelaySeconds: 2 },
      },
    ]);
  });

  it('asks for 15 minutes at most, which is what SQS allows', async () => {
    await queue.send('hello', 3_600_000, AbortSignal.timeout(5_000));
    expect(asked).toMatchObject([{ body: { DelaySeconds: 900 } }]);
  });

  it('rejects with UNAVAILABLE when the queue refuses', async () => {
    status = 403;
    await expect(queue.send('hello', 0, AbortSignal.timeout(5_000))).rejects.toMatchObject({
      code: Code.Unavailable,
      message: expect.stringContaining('403'),
    });
  });
});
