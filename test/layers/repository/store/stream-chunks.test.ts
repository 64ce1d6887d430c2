import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { streamChunks } from '../../../../layers/repository/src/store/stream-chunks.ts';

const CHUNKS = [Buffer.from('a'), Buffer.from('bc'), Buffer.from('d')];

/** What can be had of the stream, and what it ended with. */
async function readAll(
  stream: Readable,
): Promise<{ readonly chunks: readonly Uint8Array[]; readonly failure: unknown }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of streamChunks(stream)) {
      chunks.push(chunk);
    }
    return { chunks, failure: undefined };
  } catch (failure) {
    return { chunks, failure };
  }
}

/** A stream in which all chunks have piled up. */
function fullStream(): Readable {
  const stream = new Readable({ read: () => undefined });
  for (const chunk of CHUNKS) {
    stream.push(chunk);
  }
  return stream;
}

describe('streamChunks', () => {
  it('gives the chunks themselves, also those that have piled up', async () => {
    const stream = fullStream();
    stream.push(null);

    const { chunks, failure } = await readAll(stream);

    expect(failure).toBeUndefined();
    expect(chunks).toHaveLength(CHUNKS.length);
    expect(chunks.every((chunk, index) => chunk === CHUNKS[index])).toBe(true);
  });

  it('gives nothing of an empty stream', async () => {
    expect(await readAll(Readable.from([]))).toEqual({ chunks: [], failure: undefined });
  });

  it('does not take what is not asked for', async () => {
    const stream = fullStream();
    const chunks = streamChunks(stream);

    await chunks.next();

    expect(stream.readableLength).toBe(3);
    await chunks.return(undefined);
  });

  it.each([
    ['the reason that a stream is destroyed with', new Error('reset'), 'reset'],
    ['that a stream was closed before its end', undefined, 'Premature close'],
  ])('throws %s', async (_, reason, message) => {
    const stream = fullStream();
    const chunks = streamChunks(stream);
    await chunks.next();

    stream.destroy(reason);

    await expect(chunks.next()).rejects.toThrow(message);
  });

  it('throws what a stream was destroyed with before it was read', async () => {
    const stream = fullStream();
    stream.on('error', () => undefined).destroy(new Error('reset'));

    await expect(streamChunks(stream).next()).rejects.toThrow('reset');
  });

  it('leaves no listener behind', async () => {
    const stream = fullStream();
    const before = stream.eventNames();
    const chunks = streamChunks(stream);
    await chunks.next();

    await chunks.return(undefined);

    expect(stream.listenerCount('data')).toBe(0);
    expect(stream.eventNames()).toEqual(before);
  });
});
