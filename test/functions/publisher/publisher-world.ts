import { formatIndex, parseIndex, type RepositoryIndex } from '@tensorfleet/repository';
import { createPublisherHandler, type SqsBatchResult } from '../../../functions/src/lambda/queued-uploads.ts';
import { formatLookMessage } from '../../../functions/src/publisher/upload-message.ts';
import { MemoryStore } from '../../fakes/memory-store.ts';
import { bundleIndexBytes, savedModelBytes } from '../../layers/repository/publish/protobuf-bytes.ts';

export const MODEL_FILES: Readonly<Record<string, string | Uint8Array>> = {
  'saved_model.pb': savedModelBytes(),
  'variables/variables.index': bundleIndexBytes(1),
  'variables/variables.data-00000-of-00001': 'weights',
};

const BUCKET = 'models';
const EMPTY: RepositoryIndex = { models: new Map() };

/** As EventBridge tells of an object. */
export function eventOf(key: string, type = 'Object Created', bucket = BUCKET): string {
  const detail = {
    version: '0',
    bucket: { name: bucket },
    object: { key, size: 5, sequencer: '61' },
    reason: 'PutObject',
  };
  return JSON.stringify({ version: '0', id: 'e', 'detail-type': type, source: 'aws.s3', detail });
}

/** A bucket whose events, and the publisher's own looks, wait in a queue until `deliver`. */
export class PublisherWorld {
  readonly store = new MemoryStore();
  readonly log: { readonly level: string; readonly facts: Record<string, unknown>; readonly text: string }[] = [];
  readonly delays: number[] = [];
  now = 1_000_000;
  queue: string[] = [];
  /** What the queue says to a look. */
  queueFails = false;
  #ids = 0;

  readonly #handler = createPublisherHandler(async () => ({
    place: { bucket: BUCKET, prefix: '' },
    dependencies: {
      store: this.store,
      policy: { settleMs: 10_000, giveUpMs: 3_600_000 },
      now: () => this.now,
      clock: { now: () => this.now, schedule: (delayMs, run) => this.#waitUntilOver(delayMs, run) },
      log: {
        debug: this.#say('debug'),
        info: this.#say('info'),
        warn: this.#say('warn'),
        error: this.#say('error'),
      },
      later: async (look, delayMs) => {
        if (this.queueFails) {
          throw new Error('the queue is away');
        }
        this.delays.push(delayMs);
        this.queue.push(formatLookMessage(look));
      },
    },
  }));

  /** A wait is over at the next turn of the event loop, and the time is what it would be. */
  #waitUntilOver(delayMs: number, run: () => void): Disposable {
    const timer = setImmediate(() => {
      this.now += delayMs;
      run();
    });
    return { [Symbol.dispose]: () => clearImmediate(timer) };
  }

  #say(level: string) {
    return (facts: object, text: string): void => {
      this.log.push({ level, facts: facts as Record<string, unknown>, text });
    };
  }

  async upload(files: Readonly<Record<string, string | Uint8Array>>, prefix: string): Promise<void> {
    for (const [path, data] of Object.entries(files)) {
      await this.store.put(prefix + path, Buffer.from(data));
      this.queue.push(eventOf(prefix + path));
    }
  }

  async addIndex(): Promise<void> {
    await this.store.put('index.json', Buffer.from(formatIndex(EMPTY)));
  }

  /** Hands over what waits, in one batch, after a time. */
  async deliver(waitMs = 10_000): Promise<SqsBatchResult> {
    this.now += waitMs;
    const bodies = this.queue;
    this.queue = [];
    return await this.send(bodies);
  }

  send(bodies: readonly string[]): Promise<SqsBatchResult> {
    const records = bodies.map((body) => ({ messageId: `m${this.#ids++}`, body }));
    return this.#handler({ Records: records }, { getRemainingTimeInMillis: () => 60_000 });
  }

  /** What was decided, in order. */
  get decisions(): readonly unknown[] {
    return this.log.flatMap(({ facts }) => (facts['decision'] === undefined ? [] : [facts['decision']]));
  }

  get indexed(): readonly string[] {
    const stored = this.store.objects.get('index.json');
    if (stored === undefined) {
      return [];
    }
    const { index } = parseIndex(Buffer.from(stored.data).toString(), 'index.json');
    return [...index.models].flatMap(([name, { versions }]) =>
      [...versions.keys()].map((number) => `${name}/${number}`),
    );
  }
}
