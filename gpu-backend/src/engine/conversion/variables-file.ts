import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataLoss } from '@tensorfleet/core';

/** Lies beside the programs of a converted model whose variables requests change; others have none. */
export const VARIABLES_FILE = 'variables.json';

/** What the variables begin with, by name: a TensorProto in base64. */
export type InitialVariables = Readonly<Record<string, string>>;

/** Whether requests change what the converted model answers. */
export function hasState(directory: string): boolean {
  return existsSync(join(directory, VARIABLES_FILE));
}

/** None for a model without state. Throws DATA_LOSS for a file that cannot be read or is not whole. */
export async function readInitialVariables(directory: string): Promise<InitialVariables> {
  if (!hasState(directory)) {
    return {};
  }
  const path = join(directory, VARIABLES_FILE);
  try {
    return JSON.parse(await readFile(path, 'utf8')) as InitialVariables; // written by the converter
  } catch (error) {
    throw dataLoss(`${VARIABLES_FILE} of the converted model cannot be read`, { path }, error);
  }
}
