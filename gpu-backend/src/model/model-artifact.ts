import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { notFound, unimplemented } from '@tensorfleet/core';
import type { ModelArtifact } from '../engine/engine.ts';
import { MODEL_FILES } from '../repository/model-files.ts';
import type { ModelVersion } from '../repository/model-repository.ts';

/**
 * The file of a version that an engine loads.
 * Throws UNIMPLEMENTED for a format without an engine, NOT_FOUND when there is no model file.
 */
export async function resolveModelArtifact(version: ModelVersion): Promise<ModelArtifact> {
  const names = new Set(await readdir(version.directory));
  const found = [...MODEL_FILES].find(([name]) => names.has(name));
  const details = { model: version.model, version: String(version.version) };
  if (found === undefined) {
    const known = [...MODEL_FILES.keys()].join(', ');
    throw notFound(`model "${version.model}" version ${version.version} has no model file (${known})`, details);
  }
  const [name, format] = found;
  if (format !== 'onnx') {
    const text = `model "${version.model}" version ${version.version} is a ${format} model (${name}), only ONNX has an engine`;
    throw unimplemented(text, details);
  }
  return { format, path: join(version.directory, name) };
}
