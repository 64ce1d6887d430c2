import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The .onnx files of a model. Equal graphs are one file, and so one session: Keras writes every model as two signatures
 * that do the same.
 */
export class GraphFiles {
  readonly #directory: string;
  /** By digest: the name of the file. */
  readonly #written = new Map<string, string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The name of the file that holds `model`. Blocks the thread; throws system errors. */
  write(model: Uint8Array): string {
    const digest = createHash('sha256').update(model).digest('base64');
    const known = this.#written.get(digest);
    if (known !== undefined) {
      return known;
    }
    const name = `graph-${this.#written.size}.onnx`;
    writeFileSync(join(this.#directory, name), model);
    this.#written.set(digest, name);
    return name;
  }
}
