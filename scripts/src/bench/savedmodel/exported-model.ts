import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { failedPrecondition } from '@tensorfleet/core';
import { findTensorflow, noTensorflowReason, scriptPath } from './tensorflow-python.ts';

/** Exporting a large model takes ten seconds, so they are kept. */
const CACHE = resolve(import.meta.dirname, '../../../../node_modules/.cache/tensorfleet-bench');

/** The directory of a SavedModel of export_models.py, written by Keras when it is not there yet. */
export async function exportedModel(name: string): Promise<string> {
  const directory = join(CACHE, name);
  if (!existsSync(directory)) {
    const tensorflow = findTensorflow();
    if (tensorflow === undefined) {
      throw failedPrecondition(noTensorflowReason() ?? '');
    }
    await mkdir(CACHE, { recursive: true });
    await promisify(execFile)(tensorflow.python, [scriptPath('export_models.py'), CACHE, name]);
  }
  return directory;
}
