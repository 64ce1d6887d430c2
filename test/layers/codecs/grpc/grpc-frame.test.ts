import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { encodeGrpcFrame, GrpcFrameDecoder, type GrpcMessage } from '../../../../layers/codecs/src/index.ts';
import { thrownBy } from '../thrown-by.ts';

const MiB = 1024 * 1024;

function patterned(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}

function header(flag: number, length: number): Uint8Array {
  return Uint8Array.of(flag, length >>> 24, length >>> 16, length >>> 8, length);
}

const plain = (bytes: Uint8Array) => ({ bytes, isCompressed: false });

describe('GrpcFrameDecoder', () => {
  it('gives a message in one chunk as a plain view into it', () => {
    const frame = Buffer.from(encodeGrpcFrame(patterned(10)));
    const [message] = new GrpcFrameDecoder({ maxMessageBytes: 10 }).push(frame);

    expect(message).toEqual(plain(patterned(10)));
    expect(message?.bytes.constructor).toBe(Uint8Array);
    expect(message?.bytes.buffer).toBe(frame.buffer);
  });

  it('gives all messages that a chunk completes, empty ones too', () => {
    const stream = Buffer.concat([[1], [], [2, 3]].map((bytes) => encodeGrpcFrame(Uint8Array.from(bytes))));
    const decoder = new GrpcFrameDecoder({ maxMessageBytes: 10 });

    expect(decoder.push(stream.subarray(0, 8))).toEqual([plain(Uint8Array.of(1))]);
    expect(decoder.push(stream.subarray(8))).toEqual([plain(Uint8Array.of()), plain(Uint8Array.of(2, 3))]);
    expect(() => decoder.end()).not.toThrow();
  });

  it.each([1, 3, 5, 7, 13])('finds the same messages in chunks of %d bytes', (chunkBytes) => {
    const messages = [patterned(0), patterned(9), patterned(300)];
    const stream = Buffer.concat(messages.map(encodeGrpcFrame));
    const decoder = new GrpcFrameDecoder({ maxMessageBytes: 300 });
    const found: GrpcMessage[] = [];
    for (let offset = 0; offset < stream.length; offset += chunkBytes) {
      found.push(...decoder.push(stream.subarray(offset, offset + chunkBytes)));
    }

    expect(found).toEqual(messages.map(plain));
  });

  it('joins a message that outgrows the first buffer', () => {
    const message = patterned(5 * MiB + 1);
    const frame = encodeGrpcFrame(message);
    const decoder = new GrpcFrameDecoder({ maxMessageBytes: 8 * MiB });
    const found = [0, 1, 2, 3, 4, 5].flatMap((part) => decoder.push(frame.subarray(part * MiB, (part + 1) * MiB)));

    expect(found).toHaveLength(1);
    expect(Buffer.compare(found[0]?.bytes ?? new Uint8Array(0), message)).toBe(0);
  });

  it('refuses a message over the limit with size and limit', () => {
    const decoder = new GrpcFrameDecoder({ maxMessageBytes: 100 });

    expect(thrownBy(() => decoder.push(header(0, 101)))).toMatchObject({
      code: Code.ResourceExhausted,
      message: 'the gRPC message has 101 bytes, at most 100 bytes are accepted',
    });
  });

  it('does not allocate what a header claims', () => {
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({ length: 4 }, () => new GrpcFrameDecoder({ maxMessageBytes: 0xffff_ffff }));
    for (const decoder of decoders) {
      decoder.push(header(0, 0xffff_ffff));
      decoder.push(Uint8Array.of(1));
    }

    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * MiB);
  });

  it('says of each message whether it is compressed', () => {
    const decoder = new GrpcFrameDecoder({ maxMessageBytes: 9 });
    const stream = Buffer.concat([header(1, 1), [7], header(0, 1), [8]].map((bytes) => Uint8Array.from(bytes)));

    expect(decoder.push(stream).map(({ isCompressed }) => isCompressed)).toEqual([true, false]);
  });

  it('refuses a compression flag that is none', () => {
    const error = thrownBy(() => new GrpcFrameDecoder({ maxMessageBytes: 9 }).push(header(2, 1)));

    expect(error).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining('the compression flag of a gRPC message is 2'),
    });
  });

  it.each([
    [0, false],
    [3, true],
    [5, true],
    [6, true],
    [7, false],
  ])('knows after %d bytes whether it is within a message', (bytes, isWithinMessage) => {
    const decoder = new GrpcFrameDecoder({ maxMessageBytes: 9 });
    decoder.push(encodeGrpcFrame(patterned(2)).subarray(0, bytes));

    expect(decoder.isWithinMessage).toBe(isWithinMessage);
  });

  it.each([
    ['the header', header(0, 5).subarray(0, 3), '3 bytes of the header were received'],
    ['the message', Buffer.concat([header(0, 5), patterned(2)]), '2 bytes of 5 bytes were received'],
    ['the message before its first byte', header(0, 5), '0 bytes of 5 bytes were received'],
  ])('refuses a stream that ends within %s', (_name, bytes, reason) => {
    const decoder = new GrpcFrameDecoder({ maxMessageBytes: 9 });
    decoder.push(bytes);

    expect(thrownBy(() => decoder.end())).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(reason),
    });
  });
});
