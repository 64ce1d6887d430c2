import { invalidArgument, payloadTooLarge } from '@tensorfleet/core';
import { IMAGE_FORMATS } from '@tensorfleet/preprocess';
import * as z from 'zod/mini';
import { callerIdOf, type GatewayContext } from '../gateway-env.ts';
import { readJsonBody } from '../json-body.ts';
import { json } from '../json-response.ts';
import { createUploadKey, type RandomBytes } from '../uploads/upload-key.ts';
import { type UploadStore, uploadsOf } from '../uploads/upload-store.ts';

export interface UploadRouteDependencies {
  /** Undefined: there are no uploads here. */
  readonly uploads: UploadStore | undefined;
  readonly random: RandomBytes;
  readonly maxUploadBytes: number;
  readonly maxImageBytes: number;
}

/** Media types of what `:predict` takes. */
const CONTENT_TYPES: readonly string[] = [...IMAGE_FORMATS.map((format) => `image/${format}`), 'application/json'];

const bodySchema = z.strictObject({ content_type: z.string(), bytes: z.int().check(z.minimum(1)) });

/**
 * POST /v1/uploads with `content_type` and `bytes`: the key of a new upload, and the one request that puts it into the
 * store. Throws INVALID_ARGUMENT, RESOURCE_EXHAUSTED (HTTP 413) beyond the limits, UNIMPLEMENTED without a store.
 */
export async function uploadRoute(c: GatewayContext, dependencies: UploadRouteDependencies): Promise<Response> {
  const store = uploadsOf(dependencies.uploads);
  const { contentType, sizeBytes } = readAnnouncement(c.get('body'));
  const maxBytes = contentType.startsWith('image/')
    ? Math.min(dependencies.maxImageBytes, dependencies.maxUploadBytes)
    : dependencies.maxUploadBytes;
  if (sizeBytes > maxBytes) {
    throw payloadTooLarge(
      `an upload of ${contentType} has at most ${maxBytes} bytes, this one would have ${sizeBytes}`,
    );
  }
  const key = createUploadKey(callerIdOf(c), dependencies.random);
  const { method, url, headers, expiresAt } = await store.sign({ key, contentType, sizeBytes }, c.get('call'));
  const expires_at = new Date(expiresAt).toISOString();
  return json(201, { key, method, url, headers, expires_at, max_bytes: maxBytes }, { 'cache-control': 'no-store' });
}

function readAnnouncement(body: Uint8Array): { readonly contentType: string; readonly sizeBytes: number } {
  const { content_type, bytes } = readJsonBody(body, bodySchema, 'the announcement of an upload');
  const contentType = content_type.toLowerCase();
  if (!CONTENT_TYPES.includes(contentType)) {
    const shown = JSON.stringify(content_type.slice(0, 100));
    throw invalidArgument(`an upload's content_type is one of ${CONTENT_TYPES.join(', ')}, not ${shown}`);
  }
  return { contentType, sizeBytes: bytes };
}
