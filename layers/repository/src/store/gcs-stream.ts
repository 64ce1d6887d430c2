import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';

/** The library's pipelines listen to one answer with more than ten listeners, of which Node would warn every time. */
const MAX_LISTENERS = 30;

/** A body on its way from Google's library, which may be given up at any time. */
export interface GcsStream {
  /** Rejects with the reason of `stop`. */
  chunks(): AsyncGenerator<Uint8Array>;
  /** Only the first call counts. */
  stop(reason: unknown): void;
}

/**
 * The library throws where nobody can catch it, and so ends the process, when an answer begins to come for a stream
 * that is destroyed: a stream that is given up before that is destroyed when its answer comes.
 */
export function gcsStream(stream: Readable): GcsStream {
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => undefined);
  let isStopped = false;
  let hasAnswer = false;
  // What goes wrong after it was given up is of no interest, and before that the iterator tells it.
  stream.on('error', () => undefined);
  stream.once('response', (answer: unknown) => {
    if (answer instanceof EventEmitter) {
      answer.setMaxListeners(MAX_LISTENERS);
    }
    // The library has yet to take up the answer when it announces it.
    setImmediate(() => {
      hasAnswer = true;
      if (isStopped) {
        stream.destroy();
      }
    });
  });
  const stop = (reason: unknown): void => {
    isStopped = true;
    stopped.reject(reason);
    if (hasAnswer) {
      stream.destroy();
    }
  };
  return {
    stop,
    async *chunks() {
      const iterator: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
      for (;;) {
        const { done, value } = await Promise.race([iterator.next(), stopped.promise]);
        if (done === true) {
          return;
        }
        yield value;
      }
    },
  };
}
