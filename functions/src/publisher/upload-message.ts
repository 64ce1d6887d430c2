import { invalidArgument, StatusError } from '@tensorfleet/core';
import { CLAIM_NAME, type Look, REJECTED_NAME } from '@tensorfleet/repository';
import * as z from 'zod/mini';

/** A version that somebody may have uploaded, and what the look before has seen of it. */
export interface UploadMessage {
  readonly model: string;
  /** The name of the version's directory. */
  readonly version: string;
  readonly previous?: Look | undefined;
}

/** Where the repository lies; `prefix` is empty or ends with a slash. */
export interface RepositoryPlace {
  readonly bucket: string;
  readonly prefix: string;
}

const text = z.string();

const eventSchema = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.enum(['Object Created', 'Object Deleted']),
  detail: z.object({ bucket: z.object({ name: text }), object: z.object({ key: text }) }),
});

const lookSchema = z.object({
  look: z.object({
    model: text,
    version: text,
    previous: z.optional(z.object({ fingerprint: text, since: z.number() })),
  }),
});

/** A look that waits, as the body of a message; `readUploadMessage` reads it again. */
export function formatLookMessage(look: UploadMessage): string {
  return JSON.stringify({ look });
}

/**
 * Which version a message is about: one of EventBridge's about an object of the bucket, or a look that has waited.
 * Undefined for what concerns no version: other buckets and prefixes, index.json, and the notes that publishing makes.
 * Throws INVALID_ARGUMENT for anything else.
 */
export function readUploadMessage(body: string, place: RepositoryPlace): UploadMessage | undefined {
  const value = parseJson(body);
  const waited = lookSchema.safeParse(value);
  if (waited.success) {
    return waited.data.look;
  }
  const event = eventSchema.safeParse(value);
  if (!event.success) {
    throw invalidArgument('the message is neither an event of S3 about an object nor a look that waits');
  }
  const { detail, 'detail-type': type } = event.data;
  const { bucket, object } = detail;
  if (bucket.name !== place.bucket || !object.key.startsWith(place.prefix)) {
    return undefined;
  }
  return uploadOf(object.key.slice(place.prefix.length), type === 'Object Created');
}

/** Notes are news when they go: a claim that is given up, a refusal that is to be thought over. */
function uploadOf(key: string, isCreated: boolean): UploadMessage | undefined {
  const [model, version, ...path] = key.split('/');
  const name = path.join('/');
  if (model === undefined || version === undefined || name === '') {
    return undefined;
  }
  const isNote = name === CLAIM_NAME || name === REJECTED_NAME;
  return isNote && isCreated ? undefined : { model, version };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (reason) {
    throw invalidArgument(`the message is no JSON: ${StatusError.from(reason).message}`);
  }
}
