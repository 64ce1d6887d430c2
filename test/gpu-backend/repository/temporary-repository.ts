import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createFsRepository } from '../../../gpu-backend/src/repository/fs-repository.ts';
import type { RepositoryLog } from '../../../gpu-backend/src/repository/repository-log.ts';
import { manifestOf, type RepositoryFixture } from '../../contract/model-repository.contract.ts';

export interface TemporaryRepository extends RepositoryFixture {
  readonly root: string;
  /** Everything that was warned about. */
  readonly warnings: readonly string[];
  /** Writes a complete version with a manifest. */
  publish(place: string): Promise<void>;
}

/** An empty directory of this test's own with a repository over it. */
export async function temporaryRepository(): Promise<TemporaryRepository> {
  const root = await mkdtemp(join(tmpdir(), 'tensorfleet-repository-'));
  const warnings: string[] = [];
  const write = async (path: string, content: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  return {
    root,
    warnings,
    repository: createFsRepository({ root, log: logTo(warnings) }),
    write,
    publish: async (place) => {
      await write(`${place}/model.onnx`, 'onnx');
      await write(`${place}/manifest.json`, manifestOf({ 'model.onnx': 'onnx' }));
    },
    basePathOf: (name) => join(root, name),
    servesCopies: false,
    remove: async (path) => await rm(join(root, path), { recursive: true }),
    [Symbol.asyncDispose]: async () => await rm(root, { recursive: true, force: true }),
  };
}

export function logTo(warnings: string[]): RepositoryLog {
  return { info: () => undefined, warn: (_, message) => void warnings.push(message) };
}
