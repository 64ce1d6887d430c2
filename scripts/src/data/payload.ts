import { readFile } from 'node:fs/promises';
import { type AnyTensor, invalidArgument, type NamedTensors, notFound, StatusError } from '@tensorfleet/core';
import { type ImageFormat, sniffImage } from '@tensorfleet/preprocess';
import { isNpy, tensorFromNpy } from './npy.ts';
import { isNpz, tensorsFromNpz } from './npz.ts';

/** What a file asks a model. */
export type Payload =
  | { readonly kind: 'picture'; readonly format: ImageFormat; readonly bytes: Uint8Array }
  /** The body of a predict request. */
  | { readonly kind: 'json'; readonly bytes: Uint8Array }
  /** The model's only input. */
  | { readonly kind: 'array'; readonly tensor: AnyTensor }
  /** By input. */
  | { readonly kind: 'arrays'; readonly tensors: NamedTensors };

/**
 * Tells by its content what a file holds; the name decides for JSON only.
 * Throws INVALID_ARGUMENT for what is neither a JPEG, PNG, WebP, JSON, .npy nor .npz.
 */
export function payloadOf(name: string, bytes: Uint8Array): Payload {
  if (isNpy(bytes)) {
    return { kind: 'array', tensor: tensorFromNpy(bytes) };
  }
  if (isNpz(bytes)) {
    return { kind: 'arrays', tensors: tensorsFromNpz(bytes) };
  }
  if (name.toLowerCase().endsWith('.json')) {
    return { kind: 'json', bytes };
  }
  return { kind: 'picture', format: formatOf(bytes), bytes };
}

function formatOf(bytes: Uint8Array): ImageFormat {
  try {
    return sniffImage(bytes).format;
  } catch (reason) {
    const { code, message, details } = StatusError.from(reason);
    const others = message.endsWith('supported') ? ', and so are .json requests, .npy and .npz arrays' : '';
    throw new StatusError(code, `${message}${others}`, { details, cause: reason });
  }
}

/** The bytes of a file. Rejects with NOT_FOUND or INVALID_ARGUMENT naming it. */
export async function readInputFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (reason) {
    const isMissing = reason instanceof Error && 'code' in reason && reason.code === 'ENOENT';
    throw isMissing
      ? notFound(`there is no file "${path}"`, { path }, reason)
      : invalidArgument(`"${path}" cannot be read as a file`, { path }, reason);
  }
}
