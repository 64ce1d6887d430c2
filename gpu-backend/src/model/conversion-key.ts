import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from '../repository/digest.ts';
import { diskError, isSystemError } from '../repository/disk-error.ts';

/** Weights; the index beside them has a checksum of each tensor, so that they need not be read for the key. */
const WEIGHTS = /\.data-\d+-of-\d+$/;

/** What the result of a conversion depends on. */
export interface ConversionKeyFacts {
  readonly converter: string;
  readonly tags: readonly string[];
}

/**
 * The name under which the conversion of a SavedModel is kept: equal for equal models, wherever they lie and whatever
 * they are called; another one after any change of graph, weights, assets, tags or converter. Rejects with a
 * StatusError when the files cannot be read.
 */
export async function conversionKey(directory: string, { converter, tags }: ConversionKeyFacts): Promise<string> {
  try {
    const files = await describeFiles(directory);
    return createHash('sha256')
      .update(JSON.stringify([converter, tags.toSorted(), files]))
      .digest('hex');
  } catch (reason) {
    throw diskError(reason, directory);
  }
}

async function describeFiles(directory: string): Promise<readonly string[]> {
  const top = (await readdir(directory)).filter((name) => /^(saved_model\.pb(txt)?|fingerprint\.pb)$/.test(name));
  const paths = [...top, ...(await filesBelow(directory, 'variables')), ...(await filesBelow(directory, 'assets'))];
  const files: string[] = [];
  for (const path of paths.toSorted()) {
    const place = join(directory, path);
    const { size } = await stat(place);
    files.push(`${path} ${size} ${WEIGHTS.test(path) ? '' : await sha256OfFile(place)}`);
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
