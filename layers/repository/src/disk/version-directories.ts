import { readdir } from 'node:fs/promises';
import { alreadyExists, parseVersion, type Version, version } from '@tensorfleet/core';

/** Every entry that is named by a version, complete or not, with the names that it has (`1`, `01`). */
export async function versionEntries(modelDirectory: string): Promise<ReadonlyMap<Version, readonly string[]>> {
  const entries = new Map<Version, string[]>();
  for (const name of await readdir(modelDirectory)) {
    const number = parseVersion(name);
    if (number !== undefined) {
      entries.set(number, [...(entries.get(number) ?? []), name]);
    }
  }
  return entries;
}

/** One more than the highest version, 1 when there is none. */
export async function nextVersion(modelDirectory: string): Promise<Version> {
  const numbers = [...(await versionEntries(modelDirectory)).keys()];
  return version(numbers.reduce((highest, number) => Math.max(highest, number), 0) + 1);
}

/** Throws ALREADY_EXISTS when the model has this version, under whatever name. */
export async function refuseExisting(model: string, modelDirectory: string, wanted: Version): Promise<void> {
  if ((await versionEntries(modelDirectory)).has(wanted)) {
    throw alreadyExists(`model "${model}" has version ${wanted} already`, { model, version: String(wanted) });
  }
}
