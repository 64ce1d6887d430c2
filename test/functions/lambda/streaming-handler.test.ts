import { type AwsLambda, createStreamingHandler, type ResponseStream, type StreamHead } from '@tensorfleet/functions';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import type { GatewayEnv } from '../../../functions/src/gateway/gateway-env.ts';
import { gatewayUnderTest, repeater } from '../gateway/gateway-under-test.ts';
import { CONTEXT, eventOf } from './lambda-event.ts';

/** Lambda's stream as its runtime client has it: the head goes out with the first write, and not without one. */
class FakeStream implements ResponseStream {
  head: StreamHead | undefined;
  sentHead: StreamHead | undefined;
  readonly chunks: Buffer[] = [];
  ended = false;
  failure: Error | undefined;

  write(chunk: Uint8Array | string, written: (error?: Error | null) => void): void {
    this.sentHead = this.head;
    this.chunks.push(Buffer.from(chunk as Uint8Array));
    queueMicrotask(() => written(this.failure));
  }

  end(ended: () => void): void {
    this.ended = true;
    ended();
  }

  get body(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

const awslambda: AwsLambda = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: {
    from(stream, head) {
      (stream as FakeStream).head = head; // the only stream of these tests
      return stream;
    },
  },
};

const dependencies = { awslambda, xrayTrace: () => undefined };

describe('createStreamingHandler', () => {
  const invokeWith = async (app: Hono<GatewayEnv>, event: unknown, stream = new FakeStream()): Promise<FakeStream> => {
    await createStreamingHandler(app, dependencies)(event, stream, CONTEXT);
    return stream;
  };

  it('sends an answer that no result could carry', async () => {
    const gateway = gatewayUnderTest();
    gateway.fleet.serve('repeater', 1, repeater);
    const body = '{"instances": [1400000]}';
    const headers = { 'content-type': 'application/json' };
    const event = { ...eventOf('function-url'), rawPath: '/v1/models/repeater:predict', headers, body };
    const stream = await invokeWith(gateway.app, { ...event, isBase64Encoded: false });
    expect(stream.sentHead).toMatchObject({ statusCode: 200, headers: { 'x-model-version': '1' } });
    expect(stream.body.length).toBeGreaterThan(6_291_556);
    expect([JSON.parse(stream.body.toString()).predictions.length, stream.ended]).toEqual([1_400_000, true]);
  });

  it('sends bytes as they are, with cookies apart', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const app = new Hono<GatewayEnv>().all('*', (c) => {
      c.header('set-cookie', 'a=1');
      c.header('set-cookie', 'b=2', { append: true });
      return c.body(bytes);
    });
    const stream = await invokeWith(app, eventOf('function-url'));
    expect(stream.sentHead).toEqual({ statusCode: 200, headers: {}, cookies: ['a=1', 'b=2'] });
    expect(stream.body).toEqual(bytes);
  });

  it.each([204, 404])('sends the head of an answer without a body (%i)', async (status) => {
    const app = new Hono<GatewayEnv>().all('*', () => new Response(null, { status }));
    const stream = await invokeWith(app, eventOf('function-url'));
    expect([stream.sentHead?.statusCode, stream.body.length, stream.ended]).toEqual([status, 0, true]);
  });

  it('rejects, and sends nothing more, when the stream breaks', async () => {
    const stream = new FakeStream();
    stream.failure = new Error('socket hang up');
    const app = new Hono<GatewayEnv>().all('*', (c) => c.text('x'));
    await expect(invokeWith(app, eventOf('function-url'), stream)).rejects.toThrow('socket hang up');
    expect([stream.chunks.length, stream.ended]).toEqual([1, false]);
  });

  it('rejects what is no event of a request, before a head is sent', async () => {
    const stream = new FakeStream();
    await expect(invokeWith(new Hono<GatewayEnv>(), {}, stream)).rejects.toThrow('the event is an object');
    expect(stream.sentHead).toBeUndefined();
  });
});
