import { CODE_NAMES, Code, cancelled, type ErrorDetails, NO_RETRY, StatusError, unavailable } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type GrpcMethod, type GrpcMethods, unary } from '../../gpu-backend/src/listeners/grpc/grpc-methods.ts';
import type { Channel } from '../../layers/client/src/channel.ts';

/** A channel and the server behind it, which takes messages up to MAX_BYTES. */
export interface ChannelFixture {
  readonly channel: Channel;
  /** Cuts the server off and starts another one in its place. */
  restart(): Promise<void>;
  /** Fails when a call or a connection is left. */
  close(): Promise<void>;
}

/** The limit of messages in both directions. */
export const MAX_BYTES = 21_000_000;

const MESSAGE = Buffer.from('message');
const BIG = new Uint8Array(20_000_000).map((_, index) => index % 251);
const TEXT = 'input "größe" is 100% wrong: 模型 🚀\nnext line';
const HIDDEN: readonly Code[] = [Code.Internal, Code.Unknown];
const CODES = Object.values(Code).filter((code) => code !== Code.Ok);

/** What every Channel promises, against a server that promises what a GrpcListener does. */
export function describeChannel(name: string, make: (methods: GrpcMethods) => Promise<ChannelFixture>): void {
  describe(`${name} as a Channel`, () => {
    let fixture: ChannelFixture;
    let channel: Channel;
    let methods: Map<string, GrpcMethod>;

    beforeEach(async () => {
      methods = new Map([['/test.Echo/Echo', unary(async (message) => message)]]);
      fixture = await make(methods);
      channel = fixture.channel;
    });

    afterEach(async () => {
      await channel[Symbol.asyncDispose]();
      await fixture.close();
    });

    const echo = async (): Promise<void> => {
      expect(Buffer.from(await channel.unary('/test.Echo/Echo', MESSAGE))).toEqual(MESSAGE);
    };

    /** Serves a method that waits for `release` and tells when it runs and how its call ended. */
    const gated = (path: string) => {
      const started = Promise.withResolvers<void>();
      const aborted = Promise.withResolvers<unknown>();
      const release = Promise.withResolvers<void>();
      methods.set(
        path,
        unary(async (message, { signal }) => {
          signal.addEventListener('abort', () => aborted.resolve(signal.reason), { once: true });
          started.resolve();
          await release.promise;
          return message;
        }),
      );
      return { started: started.promise, aborted: aborted.promise, release: () => release.resolve() };
    };

    test('answers with the bytes of the method', echo);

    test.each([0, 1, 16_379, 65_536])('carries %i bytes', async (length) => {
      const message = BIG.subarray(0, length);
      expect(Buffer.from(message).equals(await channel.unary('/test.Echo/Echo', message))).toBe(true);
    });

    test('carries 20 MB in both directions', async () => {
      expect(Buffer.from(BIG).equals(await channel.unary('/test.Echo/Echo', BIG))).toBe(true);
    });

    test('keeps 100 concurrent calls apart', async () => {
      const messages = Array.from({ length: 100 }, (_, index) => Buffer.from(`call ${index}`));
      const answers = await Promise.all(messages.map((message) => channel.unary('/test.Echo/Echo', message)));
      expect(answers.map((answer) => Buffer.from(answer).toString())).toEqual(messages.map(String));
    });

    test.each(CODES.map((code) => [CODE_NAMES[code], code] as const))(
      'rejects with %s and its message',
      async (_, code) => {
        methods.set(
          '/test.Fail/Fail',
          unary(async () => {
            throw new StatusError(code, TEXT);
          }),
        );
        const options = { metadata: new Map([['x-request-id', 'request-7']]) };
        const failed = channel.unary('/test.Fail/Fail', MESSAGE, options);
        const message = HIDDEN.includes(code) ? expect.stringMatching(/^internal error.*request-7$/) : TEXT;
        await expect(failed).rejects.toMatchObject({ code, message });
        await echo();
      },
    );

    test('sends an UNAVAILABLE again, but not one whose request may be the cause', async () => {
      let calls = 0;
      let details: ErrorDetails = {};
      methods.set(
        '/test.Fail/Fail',
        unary(async () => {
          calls += 1;
          throw unavailable('the worker exited', details);
        }),
      );
      await expect(channel.unary('/test.Fail/Fail', MESSAGE)).rejects.toMatchObject({ code: Code.Unavailable });
      expect(calls).toBeGreaterThan(1);
      calls = 0;
      details = NO_RETRY;
      await expect(channel.unary('/test.Fail/Fail', MESSAGE)).rejects.toMatchObject({ code: Code.Unavailable });
      expect(calls).toBe(1);
    });

    test('rejects with UNIMPLEMENTED for an unknown method', async () => {
      const failed = channel.unary('/test.Echo/Missing', MESSAGE);
      await expect(failed).rejects.toMatchObject({
        code: Code.Unimplemented,
        message: 'this server has no method "/test.Echo/Missing"',
      });
      await echo();
    });

    test('rejects with RESOURCE_EXHAUSTED for a request over the limit', async () => {
      const failed = channel.unary('/test.Echo/Echo', new Uint8Array(MAX_BYTES + 1));
      await expect(failed).rejects.toMatchObject({ code: Code.ResourceExhausted });
      await echo();
    });

    test('rejects with RESOURCE_EXHAUSTED for an answer over the limit', async () => {
      methods.set(
        '/test.Big/Big',
        unary(async () => new Uint8Array(MAX_BYTES + 1)),
      );
      const failed = channel.unary('/test.Big/Big', MESSAGE);
      await expect(failed).rejects.toMatchObject({ code: Code.ResourceExhausted });
      await echo();
    });

    test('rejects with DEADLINE_EXCEEDED after timeoutMs, and the method sees the call end', async () => {
      const { aborted, release } = gated('/test.Slow/Slow');
      await echo(); // connected, so that the time is spent in the method
      const failed = channel.unary('/test.Slow/Slow', MESSAGE, { timeoutMs: 200 });
      await expect(failed).rejects.toMatchObject({ code: Code.DeadlineExceeded });
      expect(StatusError.is(await aborted)).toBe(true);
      release();
      await echo();
    });

    test('rejects with DEADLINE_EXCEEDED when no time is left', async () => {
      const failed = channel.unary('/test.Echo/Echo', MESSAGE, { timeoutMs: 0 });
      await expect(failed).rejects.toMatchObject({ code: Code.DeadlineExceeded });
    });

    test('rejects with CANCELLED when the signal aborts, and the method sees it', async () => {
      const { started, aborted, release } = gated('/test.Slow/Slow');
      const controller = new AbortController();
      const failed = channel.unary('/test.Slow/Slow', MESSAGE, { signal: controller.signal });
      await started;
      controller.abort();
      await expect(failed).rejects.toMatchObject({ code: Code.Cancelled });
      expect(await aborted).toMatchObject({ code: Code.Cancelled });
      release();
      await echo();
    });

    test('rejects with the reason of the signal when that is a StatusError', async () => {
      const signal = AbortSignal.abort(cancelled('the visitor left'));
      const failed = channel.unary('/test.Echo/Echo', MESSAGE, { signal });
      await expect(failed).rejects.toMatchObject({ code: Code.Cancelled, message: 'the visitor left' });
    });

    test.each([
      ['a small message', MESSAGE],
      ['a message of 20 MB', BIG],
    ])('sends %s again when the server restarts during the call', async (_name, message) => {
      const { started } = gated('/test.Slow/Slow');
      const answer = channel.unary('/test.Slow/Slow', message);
      await started;
      methods.set(
        '/test.Slow/Slow',
        unary(async (received) => received),
      );
      await fixture.restart();
      expect(Buffer.from(message).equals(await answer)).toBe(true);
    });

    test('answers after the server restarted between calls', async () => {
      await echo();
      await fixture.restart();
      await echo();
    });

    test('finishes open calls when disposed, and refuses new ones with UNAVAILABLE', async () => {
      const { started, release } = gated('/test.Slow/Slow');
      const answer = channel.unary('/test.Slow/Slow', MESSAGE);
      await started;
      const disposed = channel[Symbol.asyncDispose]();
      await expect(channel.unary('/test.Echo/Echo', MESSAGE)).rejects.toMatchObject({ code: Code.Unavailable });
      release();
      expect(Buffer.from(await answer)).toEqual(MESSAGE);
      await disposed;
    });
  });
}
