import { readdir } from 'node:fs/promises';
import { diskError, notFound } from '@tensorfleet/core';
import { formatModelFiles, MODEL_FILES, type ModelFormat } from '@tensorfleet/repository';
import type { ModelVersion } from '../repository/model-repository.ts';

/** The file that makes a version's directory a model. */
export interface ModelFile {
  readonly name: string;
  readonly format: ModelFormat;
}

/**
 * Which of its files a version is loaded from: the first in the order of MODEL_FILES, but a TFLite model before a
 * SavedModel where that is preferred. Throws NOT_FOUND when there is none.
 */
export async function findModelFile(version: ModelVersion, prefersTflite: boolean): Promise<ModelFile> {
  const names = await readdir(version.directory).catch((reason: unknown) => {
    throw diskError(reason, version.directory);
  });
  const found = [...MODEL_FILES].flatMap(([name, format]) => (names.includes(name) ? [{ name, format }] : []));
  const first = found[0];
  if (first === undefined) {
    throw notFound(`model "${version.model}" version ${version.version} has no model file (${formatModelFiles()})`, {
      model: version.model,
      version: String(version.version),
    });
  }
  const tflite = found.find(({ format }) => format === 'tflite');
  return prefersTflite && first.format === 'saved_model' && tflite !== undefined ? tflite : first;
}
