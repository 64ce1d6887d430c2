import { type CallContext, invalidArgument, type ModelSpec } from '@tensorfleet/core';
import { type PredictRequest, readPredictRequest } from '../predict/predict-request.ts';
import type { VersionCache } from '../predict/version-cache.ts';
import { checkUploadKey } from './upload-key.ts';
import type { UploadStore } from './upload-store.ts';

/** A request whose body lies in the store of uploads. */
export type UploadReference = PredictRequest & { readonly kind: 'upload' };
/** A request as it came, or as it was uploaded. */
export type DirectRequest = Exclude<PredictRequest, UploadReference>;

export interface UploadedRequestDependencies {
  readonly uploads: UploadStore;
  readonly versions: VersionCache;
}

/**
 * The request that the caller uploaded: a picture, or JSON, by the type that it was uploaded with. Rejects as the store
 * does, with NOT_FOUND for another caller's key, and with INVALID_ARGUMENT for an upload that only names another upload.
 */
export async function readUploadedRequest(
  { uploads, versions }: UploadedRequestDependencies,
  model: ModelSpec,
  { key, signatureName }: UploadReference,
  callerId: string | undefined,
  call: CallContext,
): Promise<DirectRequest> {
  checkUploadKey(key, callerId);
  await versions.guess(model, call); // nothing is read for a model that does not exist
  const { bytes, contentType } = await uploads.read(key, call);
  const request = readPredictRequest(bytes, contentType);
  switch (request.kind) {
    case 'upload':
      throw invalidArgument(`the upload "${key}" names another upload, and not a picture or tensors`);
    case 'picture':
      return { ...request, signatureName: signatureName ?? request.signatureName };
    default:
      if (signatureName !== undefined && signatureName !== request.signatureName) {
        throw invalidArgument(
          `signature_name is "${signatureName}", but "${request.signatureName}" in the upload, which counts`,
        );
      }
      return request;
  }
}
