import { entityRowsFromJson, type PredictBody, parsePredictBody } from '@tensorfleet/codecs';
import { DEFAULT_SIGNATURE, invalidArgument } from '@tensorfleet/core';
import type { EntityRow } from '@tensorfleet/preprocess';
import * as z from 'zod/mini';
import { readJsonBody } from '../json-body.ts';

/** What the body of a predict request is. */
export type PredictRequest =
  | { readonly kind: 'picture'; readonly bytes: Uint8Array; readonly signatureName: string }
  | { readonly kind: 'picture-url'; readonly url: string; readonly signatureName: string }
  | { readonly kind: 'upload'; readonly key: string; readonly signatureName: string | undefined }
  | {
      readonly kind: 'entities';
      readonly body: PredictBody;
      readonly rows: readonly EntityRow[];
      readonly signatureName: string;
    }
  | { readonly kind: 'tensors'; readonly body: PredictBody; readonly signatureName: string };

const signature_name = z.optional(z.string());
const urlSchema = z.strictObject({ url: z.string(), signature_name });
const uploadSchema = z.strictObject({ upload: z.string(), signature_name });
const imageSchema = z.strictObject({ image: z.strictObject({ b64: z.string() }), signature_name });

/** More rows than a batch has; each looks up as many entities as the manifest has kinds of. */
export const MAX_ENTITY_ROWS = 1000;

const WHAT = 'the picture request';

/** The standard alphabet; padding is optional, white space is skipped, as TensorFlow Serving reads it. */
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;

/**
 * A body of the type `image/*` is a picture as it is; its real format is found out when it is decoded. JSON with `url`,
 * `image` or `upload` says where the picture, or the request, is, unless it has TensorFlow Serving's own keys. With
 * `entities` it is about these. Throws INVALID_ARGUMENT.
 */
export function readPredictRequest(bytes: Uint8Array, contentType: string): PredictRequest {
  if (/^\s*image\//i.test(contentType)) {
    return { kind: 'picture', bytes, signatureName: DEFAULT_SIGNATURE };
  }
  const body = parsePredictBody(bytes);
  const keys = new Set(body.root.keys);
  const rows = entityRowsFromJson(body, MAX_ENTITY_ROWS);
  if (rows !== undefined) {
    if (keys.has('inputs')) {
      throw invalidArgument(
        'the request has "inputs" beside "entities": inputs that are not looked up are "instances"',
      );
    }
    return { kind: 'entities', body, rows, signatureName: body.signatureName };
  }
  const isElsewhere = ['url', 'image', 'upload'].some((key) => keys.has(key));
  if (keys.has('instances') || keys.has('inputs') || !isElsewhere) {
    return { kind: 'tensors', body, signatureName: body.signatureName };
  }
  const { signatureName } = body;
  if (keys.has('upload')) {
    const { upload, signature_name } = readJsonBody(bytes, uploadSchema, WHAT);
    return { kind: 'upload', key: upload, signatureName: signature_name };
  }
  if (keys.has('url')) {
    return { kind: 'picture-url', url: readJsonBody(bytes, urlSchema, WHAT).url, signatureName };
  }
  return { kind: 'picture', bytes: decodeBase64(readJsonBody(bytes, imageSchema, WHAT).image.b64), signatureName };
}

function decodeBase64(text: string): Uint8Array {
  if (!BASE64.test(text)) {
    throw invalidArgument('image.b64 is not base64 in its standard alphabet');
  }
  return Buffer.from(text, 'base64');
}
