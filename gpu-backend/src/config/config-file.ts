import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { invalidArgument, notFound } from '@tensorfleet/core';
import { parse as parseYaml } from 'yaml';
import type { Settings } from './schema.ts';

/** The settings in a YAML file. Throws NOT_FOUND, or INVALID_ARGUMENT with line and column. */
export async function readConfigFile(path: string): Promise<Settings> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw notFound(`configuration file ${resolve(path)} cannot be read`, { path }, error);
  });
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    throw invalidArgument(`configuration file ${resolve(path)} is not YAML: ${reason}`, { path }, error);
  }
  if (value === null || value === undefined) {
    return {};
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalidArgument(`configuration file ${resolve(path)} must hold key: value lines`, { path });
  }
  return value as Settings; // an object with string keys, by the checks above
}
