import { StatusError } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeGrpcFrame, GrpcFrameDecoder } from '../../layers/codecs/src/index.ts';

/** `bytes` cut at random places. */
function chunksOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const offsets = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return offsets.slice(1).map((end, index) => bytes.subarray(offsets[index], end));
}

describe('GrpcFrameDecoder', () => {
  const anyCuts = fc.array(fc.nat(), { maxLength: 10 });

  it('finds the same messages however the stream is cut', () => {
    const anyMessages = fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 });
    fc.assert(
      fc.property(anyMessages, anyCuts, (messages, cuts) => {
        const decoder = new GrpcFrameDecoder({ maxMessageBytes: 100 });
        const stream = new Uint8Array(Buffer.concat(messages.map(encodeGrpcFrame)));
        const found = chunksOf(stream, cuts).flatMap((chunk) => decoder.push(chunk));
        decoder.end();
        expect(found.map(({ bytes }) => bytes)).toEqual(messages);
      }),
      { numRuns: 1000 },
    );
  });

  it('returns messages or throws StatusError for arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), anyCuts, (bytes, cuts) => {
        const decoder = new GrpcFrameDecoder({ maxMessageBytes: 50 });
        try {
          chunksOf(bytes, cuts).map((chunk) => decoder.push(chunk));
          decoder.end();
        } catch (error) {
          expect(StatusError.is(error)).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
