import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataLoss, notFound } from '@tensorfleet/core';
import type { Program } from './program.ts';

/** Lies in the directory of a converted model, beside its .onnx files and their weights. */
export const PROGRAMS_FILE = 'programs.json';

/** What stands in it: the converter's own output, which is not checked again beyond its version. */
export interface ProgramFile {
  /** CONVERTER_VERSION of what wrote it. */
  readonly converter: string;
  /** By name of the signature. */
  readonly programs: Readonly<Record<string, Program>>;
}

/** Throws NOT_FOUND where a directory holds no converted model, DATA_LOSS where the file is not whole. */
export async function readProgramFile(directory: string): Promise<ProgramFile> {
  const path = join(directory, PROGRAMS_FILE);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw notFound(`the converted model has no ${PROGRAMS_FILE} that can be read`, { path }, error);
  });
  try {
    return JSON.parse(text) as ProgramFile; // written by the converter, whole by its closing brace
  } catch (error) {
    throw dataLoss(`${PROGRAMS_FILE} of the converted model is not JSON`, { path }, error);
  }
}
