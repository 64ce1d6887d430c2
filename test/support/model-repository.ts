import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { modelPath } from './model-files.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../examples');

/** The digit reader's files of one version. */
export function mnistDirectory(version: number, format: 'onnx' | 'saved_model' = 'onnx'): string {
  return join(EXAMPLES, 'mnist', format, String(version));
}

/** A model repository in a temporary directory; gone after dispose. */
export class TemporaryRepository implements AsyncDisposable {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async create(): Promise<TemporaryRepository> {
    return new TemporaryRepository(await mkdtemp(join(tmpdir(), 'tensorfleet-repository-')));
  }

  /** Copies a fixture model (`half_plus_two`) to `<model>/<version>/model.onnx`. */
  async addFixture(fixture: string, model = fixture, version = 1): Promise<void> {
    const target = join(this.root, model, String(version), 'model.onnx');
    await mkdir(dirname(target), { recursive: true });
    await cp(modelPath(fixture), target);
  }

  /** Copies a version of the digit reader, its manifest included. */
  async addMnist(version: number, model = 'mnist', format: 'onnx' | 'saved_model' = 'onnx'): Promise<void> {
    await cp(mnistDirectory(version, format), join(this.root, model, String(version)), { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}
