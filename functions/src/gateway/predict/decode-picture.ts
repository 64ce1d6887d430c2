import { Code, payloadTooLarge, StatusError } from '@tensorfleet/core';
import { decodeImage, type Image } from '@tensorfleet/preprocess';

export interface PictureLimits {
  /** Encoded size of a picture. */
  readonly maxImageBytes: number;
  /** Width times height of a picture. */
  readonly maxImagePixels: number;
}

/** The pixels. Rejects with RESOURCE_EXHAUSTED (HTTP 413) beyond the limits, INVALID_ARGUMENT for what is no picture. */
export async function decodePicture(bytes: Uint8Array, limits: PictureLimits): Promise<Image> {
  try {
    return await decodeImage(bytes, { maxBytes: limits.maxImageBytes, maxPixels: limits.maxImagePixels });
  } catch (reason) {
    const error = StatusError.from(reason);
    throw error.code === Code.ResourceExhausted ? payloadTooLarge(error.message, {}, error) : error;
  }
}
