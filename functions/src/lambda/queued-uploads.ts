import { StatusError } from '@tensorfleet/core';
import type { ComposedPublisher } from '../publisher/compose.ts';
import { publishUploads } from '../publisher/publisher.ts';
import { readUploadMessage, type UploadMessage } from '../publisher/upload-message.ts';

/** What of a batch of SQS messages is read here. */
export interface SqsEvent {
  readonly Records: readonly SqsRecord[];
}

export interface SqsRecord {
  readonly messageId: string;
  readonly body: string;
}

/** With `ReportBatchItemFailures`: these come again, the others are done. */
export interface SqsBatchResult {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export interface RemainingTime {
  getRemainingTimeInMillis(): number;
}

export type PublisherHandler = (event: SqsEvent, context: RemainingTime) => Promise<SqsBatchResult>;

/** What is kept of an invocation's time for saying which messages are to come again. */
const RESERVED_MS = 5_000;

/**
 * The publisher over a queue. Its messages are EventBridge's about the objects of the bucket, and looks that the
 * publisher has sent itself. Many messages of a batch are about one version, which is looked at once. A message that
 * cannot be read fails, too: the queue moves it to its dead letters.
 */
export function createPublisherHandler(compose: () => Promise<ComposedPublisher>): PublisherHandler {
  let composed: Promise<ComposedPublisher> | undefined;
  return async ({ Records: records }, context) => {
    composed ??= compose();
    const publisher = await composed.catch((reason: unknown) => {
      composed = undefined; // the next invocation tries again
      throw reason;
    });
    const { uploads, unreadable } = readRecords(records, publisher);
    const signal = AbortSignal.timeout(Math.max(1, context.getRemainingTimeInMillis() - RESERVED_MS));
    const failed = await publishUploads([...uploads.values()].map(lookOf), publisher.dependencies, signal);
    const again = failed.flatMap((upload) => uploads.get(keyOf(upload))?.map(({ messageId }) => messageId) ?? []);
    return { batchItemFailures: [...unreadable, ...again].map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

interface QueuedUpload {
  readonly messageId: string;
  readonly upload: UploadMessage;
}

interface ReadRecords {
  /** By version. */
  readonly uploads: ReadonlyMap<string, readonly QueuedUpload[]>;
  /** Ids of messages. */
  readonly unreadable: readonly string[];
}

function readRecords(records: readonly SqsRecord[], { place, dependencies }: ComposedPublisher): ReadRecords {
  const uploads = new Map<string, QueuedUpload[]>();
  const unreadable: string[] = [];
  for (const { messageId, body } of records) {
    try {
      const upload = readUploadMessage(body, place);
      if (upload !== undefined) {
        const others = uploads.get(keyOf(upload)) ?? [];
        uploads.set(keyOf(upload), [...others, { messageId, upload }]);
      }
    } catch (reason) {
      dependencies.log.error({ messageId, err: StatusError.from(reason) }, 'the message cannot be read');
      unreadable.push(messageId);
    }
  }
  return { uploads, unreadable };
}

/** Of several looks at a version the one that has seen it first; if it looks other now, that is seen. */
function lookOf(queued: readonly QueuedUpload[]): UploadMessage {
  const since = ({ upload }: QueuedUpload): number => upload.previous?.since ?? Number.POSITIVE_INFINITY;
  return queued.reduce((first, other) => (since(other) < since(first) ? other : first)).upload;
}

function keyOf({ model, version }: UploadMessage): string {
  return `${model}/${version}`;
}
