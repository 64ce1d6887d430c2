import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a conversion depends on: this folder and the readers of models. */
const FOLDERS = [import.meta.dirname, ...['savedmodel', 'tfjs'].map((name) => join(import.meta.dirname, '..', name))];

/**
 * Differs whenever the same model may be converted to other files, so that what is cached is converted again: a digest
 * of the converter's sources, since a number is forgotten. Reads them once, in a few milliseconds.
 */
export const CONVERTER_VERSION = digestOfSources();

function digestOfSources(): string {
  const hash = createHash('sha256');
  for (const folder of FOLDERS) {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((one) => /\.[cm]?[jt]s$/.test(one)).toSorted()) {
      hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
