import { type StatusError, unavailable } from '@tensorfleet/core';
import { AwsClient } from 'aws4fetch';

/** Where a look waits until it is due: an SQS queue, whose messages come back to the publisher. */
export interface LookQueue {
  /** Rejects with UNAVAILABLE when the queue does not take it. */
  send(body: string, delayMs: number, signal: AbortSignal): Promise<void>;
}

export interface LookQueueEnvironment {
  readonly AWS_ACCESS_KEY_ID?: string | undefined;
  readonly AWS_SECRET_ACCESS_KEY?: string | undefined;
  readonly AWS_SESSION_TOKEN?: string | undefined;
  readonly AWS_REGION?: string | undefined;
}

/** SQS holds a message back no longer; a look that is due later is made too early, and waits on. */
const MAX_DELAY_SECONDS = 900;

/** One call of SQS, signed by aws4fetch: its SDK would be 300 kB for it. */
export function createLookQueue(queueUrl: string, environment: LookQueueEnvironment): LookQueue {
  const aws = new AwsClient({
    accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
    ...(environment.AWS_SESSION_TOKEN !== undefined && { sessionToken: environment.AWS_SESSION_TOKEN }),
    service: 'sqs',
    region: environment.AWS_REGION ?? 'us-east-1',
  });
  return {
    async send(body, delayMs, signal) {
      const DelaySeconds = Math.min(Math.ceil(delayMs / 1_000), MAX_DELAY_SECONDS);
      const response = await aws
        .fetch(new URL('/', queueUrl).href, {
          method: 'POST',
          headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' },
          body: JSON.stringify({ QueueUrl: queueUrl, MessageBody: body, DelaySeconds }),
          signal,
        })
        .catch((reason: unknown) => {
          throw notTaken('it cannot be reached', reason);
        });
      if (!response.ok) {
        throw notTaken(`it answers ${response.status}: ${(await response.text()).slice(0, 200)}`);
      }
      await response.body?.cancel();
    },
  };
}

function notTaken(why: string, cause?: unknown): StatusError {
  return unavailable(`the publisher's queue does not take a message: ${why}`, {}, cause);
}
