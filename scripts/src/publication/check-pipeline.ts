import { StatusError } from '@tensorfleet/core';
import { parseFeatures, parsePostprocess, parsePreprocess } from '@tensorfleet/preprocess';
import type { Manifest } from '@tensorfleet/repository';

/** The server does not read the pipeline, so a mistake would show with the first picture only. Throws INVALID_ARGUMENT. */
export function checkPipeline(
  manifest: Pick<Manifest, 'preprocess' | 'features' | 'postprocess'>,
  directory: string,
): void {
  try {
    if (manifest.preprocess !== undefined) {
      parsePreprocess(manifest.preprocess);
    }
    if (manifest.features !== undefined) {
      parseFeatures(manifest.features);
    }
    if (manifest.postprocess !== undefined) {
      parsePostprocess(manifest.postprocess);
    }
  } catch (reason) {
    const { code, message } = StatusError.from(reason);
    throw new StatusError(code, `the manifest.json in ${directory} cannot be published: ${message}`, { cause: reason });
  }
}
