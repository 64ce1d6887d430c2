import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readProgramFile } from '../engine/conversion/program-file.ts';
import type { ModelArtifact } from '../engine/engine.ts';
import { mayLoop } from '../engine/onnx-graph.ts';

/** More weights than this, in the model's file or beside it, take too long to be loaded on the main thread. */
const MAX_WEIGHT_BYTES = 16 * 2 ** 20;

/**
 * Whether a model may turn out to be one for the main thread: what it costs depends on the shapes of its inputs only,
 * not on their values as in loops, nor on the length of strings. Throws system errors.
 */
export async function isInlineCandidate({ format, path }: ModelArtifact): Promise<boolean> {
  switch (format) {
    case 'onnx':
      return (await bytesIn(dirname(path))) <= MAX_WEIGHT_BYTES && !mayLoop(path);
    case 'program':
      return await isPlainProgram(path);
    default:
      return false;
  }
}

async function isPlainProgram(directory: string): Promise<boolean> {
  const { programs } = await readProgramFile(directory);
  const stages = Object.values(programs).flatMap((program) => program.stages);
  const files = stages.flatMap((stage) => (stage.kind === 'onnx' ? [stage.file] : []));
  return (
    files.length === stages.length &&
    (await bytesIn(directory)) <= MAX_WEIGHT_BYTES &&
    !files.some((file) => mayLoop(join(directory, file)))
  );
}

async function bytesIn(directory: string): Promise<number> {
  const sizes = (await readdir(directory)).map(async (name) => (await stat(join(directory, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
