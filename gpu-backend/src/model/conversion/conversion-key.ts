import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { diskError, isSystemError } from '@tensorfleet/core';
import { MANIFEST_NAME, sha256OfFile } from '@tensorfleet/repository';
import type { SavedModelSource } from '../../engine/conversion/convert-saved-model.ts';
import type { ConversionSource } from '../../engine/conversion/convert-source.ts';

/** Weights; the index beside them has a checksum of each tensor, so that they need not be read for the key. */
const WEIGHTS = /\.data-\d+-of-\d+$/;

/**
 * The name under which the conversion of a model is kept: equal for equal models, wherever they lie and whatever they
 * are called; another one after any change of graph, weights, assets, tags or converter. Rejects with a StatusError when
 * the files cannot be read.
 */
export async function conversionKey(source: ConversionSource, converter: string): Promise<string> {
  const { directory } = source;
  try {
    const facts = source.format === 'saved_model' ? await savedModelFacts(source) : await tfjsFacts(directory);
    return createHash('sha256')
      .update(JSON.stringify([converter, ...facts]))
      .digest('hex');
  } catch (reason) {
    throw diskError(reason, directory);
  }
}

async function savedModelFacts({ directory, tags }: SavedModelSource): Promise<readonly unknown[]> {
  const top = (await readdir(directory)).filter((name) => /^(saved_model\.pb(txt)?|fingerprint\.pb)$/.test(name));
  const paths = [...top, ...(await filesBelow(directory, 'variables')), ...(await filesBelow(directory, 'assets'))];
  return [tags.toSorted(), await describeFiles(directory, paths, (path) => WEIGHTS.test(path))];
}

/** Which of them hold weights only `model.json` says, which would have to be read for it. */
async function tfjsFacts(directory: string): Promise<readonly unknown[]> {
  const paths = (await filesBelow(directory, '.')).filter((path) => !isBeside(path));
  return [await describeFiles(directory, paths, () => false)];
}

/** What belongs to the server, not to the model. */
function isBeside(path: string): boolean {
  return path === MANIFEST_NAME || path.startsWith(`assets.extra${sep}`);
}

async function describeFiles(
  directory: string,
  paths: readonly string[],
  isCovered: (path: string) => boolean,
): Promise<readonly string[]> {
  const files: string[] = [];
  for (const path of paths.toSorted()) {
    const place = join(directory, path);
    const { size } = await stat(place);
    files.push(`${path} ${size} ${isCovered(path) ? '' : await sha256OfFile(place)}`);
  }
  return files;
}

async function filesBelow(directory: string, folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await readdir(join(directory, folder), { recursive: true }).catch(noneWhereMissing)) {
    const path = join(folder, name);
    if ((await stat(join(directory, path))).isFile()) {
      found.push(path);
    }
  }
  return found;
}

function noneWhereMissing(reason: unknown): readonly string[] {
  if (isSystemError(reason, 'ENOENT')) {
    return [];
  }
  throw reason;
}
