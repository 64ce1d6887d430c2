import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UniqueNames } from './unique-names.ts';

/** File systems take no more than about twice that, and a suffix may follow. */
const MAX_NAME = 100;

/**
 * The .onnx files of a model. Equal graphs are one file, and so one session: Keras writes every model as two signatures
 * that do the same. People find them by their names: a signature's, in characters that need no quoting.
 */
export class GraphFiles {
  readonly #directory: string;
  /** By digest: the name of the file. */
  readonly #written = new Map<string, string>();
  /** In lower case: some file systems tell no cases apart. */
  readonly #names = new UniqueNames();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The name of the file that holds `model`, which is like `hint` if it is new. Blocks; throws system errors. */
  write(model: Uint8Array, hint: string): string {
    const digest = createHash('sha256').update(model).digest('base64');
    const known = this.#written.get(digest);
    if (known !== undefined) {
      return known;
    }
    const name = this.#nameLike(hint);
    writeFileSync(join(this.#directory, name), model);
    this.#written.set(digest, name);
    return name;
  }

  #nameLike(hint: string): string {
    const plain = hint.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, MAX_NAME);
    const base = plain.replace(/^[.-]/, '_') || '_'; // neither hidden nor an option
    const taken = this.#names.take(base.toLowerCase());
    return `${base}${taken.slice(base.length)}.onnx`;
  }
}
