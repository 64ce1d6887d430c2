import { composePublisher } from '../publisher/compose.ts';
import { resolvePublisherConfig } from '../publisher/config.ts';
import { createPublisherHandler, type PublisherHandler } from './queued-uploads.ts';

/**
 * The entry point of the publisher function.
 *
 * Its event source is an SQS queue with `ReportBatchItemFailures`, a batch size of 10 and a maximum concurrency of 2
 * (each invocation digests models, which are read whole). Into the queue go, as they are, the "Object Created" and
 * "Object Deleted" events of the model bucket, by an EventBridge rule; and looks that wait, up to 15 minutes each, from
 * the function itself: it needs `sqs:SendMessage` on the queue. Of the bucket it needs GetObject, PutObject,
 * DeleteObject and ListBucket. The queue's visibility timeout is longer than the function's timeout, and after 5
 * receives a message goes to a queue of dead letters.
 */
export const handler: PublisherHandler = createPublisherHandler(async () => composePublisher(resolvePublisherConfig()));
