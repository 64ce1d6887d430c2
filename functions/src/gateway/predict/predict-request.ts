import { type PredictBody, parsePredictBody } from '@tensorfleet/codecs';
import { DEFAULT_SIGNATURE, invalidArgument } from '@tensorfleet/core';
import * as z from 'zod/mini';

/** What the body of a predict request is. */
export type PredictRequest =
  | { readonly kind: 'picture'; readonly bytes: Uint8Array; readonly signatureName: string }
  | { readonly kind: 'picture-url'; readonly url: string; readonly signatureName: string }
  | { readonly kind: 'tensors'; readonly body: PredictBody; readonly signatureName: string };

const signature_name = z.optional(z.string());
const urlSchema = z.strictObject({ url: z.string(), signature_name });
const imageSchema = z.strictObject({ image: z.strictObject({ b64: z.string() }), signature_name });

/** The standard alphabet; padding is optional, white space is skipped, as TensorFlow Serving reads it. */
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;

/**
 * A body of the type `image/*` is a picture as it is; its real format is found out when it is decoded. JSON with `url` or
 * `image` is about a picture, unless it has TensorFlow Serving's own keys. Throws INVALID_ARGUMENT.
 */
export function readPredictRequest(bytes: Uint8Array, contentType: string): PredictRequest {
  if (/^\s*image\//i.test(contentType)) {
    return { kind: 'picture', bytes, signatureName: DEFAULT_SIGNATURE };
  }
  const body = parsePredictBody(bytes);
  const keys = new Set(body.root.keys);
  if (keys.has('instances') || keys.has('inputs') || !(keys.has('url') || keys.has('image'))) {
    return { kind: 'tensors', body, signatureName: body.signatureName };
  }
  const { signatureName } = body;
  const value: unknown = parseJson(bytes);
  if (keys.has('url')) {
    return { kind: 'picture-url', url: parse(urlSchema, value).url, signatureName };
  }
  return { kind: 'picture', bytes: decodeBase64(parse(imageSchema, value).image.b64), signatureName };
}

function parse<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
    throw invalidArgument(`the picture request is not valid: ${problems.join('; ')}`);
  }
  return result.data;
}

/** parsePredictBody has read the bytes already, but allows numbers that JSON does not have. */
function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw invalidArgument('the picture request is not valid JSON', {}, error);
  }
}

function decodeBase64(text: string): Uint8Array {
  if (!BASE64.test(text)) {
    throw invalidArgument('image.b64 is not base64 in its standard alphabet');
  }
  return Buffer.from(text, 'base64');
}
