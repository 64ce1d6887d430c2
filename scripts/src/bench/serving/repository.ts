import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../../..');

/** One model in a model repository of its own; gone after dispose. */
export interface ServedModel extends AsyncDisposable {
  readonly repository: string;
  readonly file: string;
}

/** Copies the model at `source`, relative to the project, to `<temporary>/<name>/1/model.onnx`. */
export async function copyModel(name: string, source: string): Promise<ServedModel> {
  const repository = await mkdtemp(join(tmpdir(), 'tensorfleet-bench-'));
  const file = join(repository, name, '1', 'model.onnx');
  await mkdir(dirname(file), { recursive: true });
  await cp(join(ROOT, source), file);
  return { repository, file, [Symbol.asyncDispose]: () => rm(repository, { recursive: true, force: true }) };
}
