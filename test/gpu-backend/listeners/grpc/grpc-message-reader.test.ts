import { encodeGrpcFrame } from '@tensorfleet/codecs';
import { describe, expect, test } from 'vitest';
import { GrpcMessageReader } from '../../../../gpu-backend/src/listeners/grpc/grpc-message-reader.ts';
import { RequestMemory } from '../../../../gpu-backend/src/listeners/request-memory.ts';

const share = () => new RequestMemory(1_000).open();

describe('GrpcMessageReader', () => {
  test.each([1, 4, 5, 6, 100])('shares no memory with chunks of %i bytes', async (size) => {
    const reader = new GrpcMessageReader(undefined, 100, share());
    const frame = encodeGrpcFrame(Uint8Array.of(1, 2, 3));
    for (let at = 0; at < frame.length; at += size) {
      const chunk = frame.slice(at, at + size);
      reader.push(chunk);
      chunk.fill(255);
    }
    expect([...(await reader.finish())]).toEqual([1, 2, 3]);
  });

  test('ignores empty chunks', async () => {
    const reader = new GrpcMessageReader(undefined, 100, share());
    reader.push(new Uint8Array(0));
    reader.push(encodeGrpcFrame(Uint8Array.of(7)));
    reader.push(new Uint8Array(0));
    expect([...(await reader.finish())]).toEqual([7]);
  });
});
