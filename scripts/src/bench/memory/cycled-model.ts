import { appendFile, cp, mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../../..');

/** What is published again and again, and what runs it. */
export interface CycledModel {
  readonly engine: 'onnx' | 'tensorflow' | 'tflite' | 'tfjs';
  /** Relative to the project: a directory, or a file. */
  readonly source: string;
  /** For a file: what it is called in a version. */
  readonly fileName?: string;
}

export const CYCLED_MODELS: readonly CycledModel[] = [
  { engine: 'onnx', source: 'examples/mnist/saved_model/3' },
  { engine: 'tensorflow', source: 'examples/mnist/saved_model/3' },
  { engine: 'tflite', source: 'test/golden/tflite/cnn_float32.tflite', fileName: 'model.tflite' },
  { engine: 'tfjs', source: 'test/golden/tfjs/keras_cnn' },
];

/** Writes the files of a version into `directory`, which is emptied; a SavedModel gets a fingerprint of its own. */
export async function writeVersion(
  { source, fileName }: CycledModel,
  version: number,
  directory: string,
): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  await cp(join(ROOT, source), join(directory, fileName ?? ''), { recursive: true });
  if (source.includes('saved_model')) {
    await rm(join(directory, 'manifest.json'));
    await appendFile(join(directory, 'fingerprint.pb'), unknownField(version));
  }
}

/** `n` as two bytes of a varint field that nobody knows: another key in the cache, and so another conversion. */
function unknownField(n: number): Uint8Array {
  return Uint8Array.of(0x78, 0x80 | (n & 0x7f), n >> 7);
}
