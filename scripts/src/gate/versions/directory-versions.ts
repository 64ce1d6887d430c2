import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code, diskError, type Version } from '@tensorfleet/core';
import { INDEX_NAME, parseIndex, readPublishSource, versionEntries } from '@tensorfleet/repository';
import type { ModelVersions, PublishedVersions } from './published-versions.ts';

/** The versions of a model in a repository on this disk: its directories, and the labels of an index, if there is one. */
export function directoryVersions(root: string, model: string): PublishedVersions {
  const directory = join(root, model);
  return {
    async list() {
      return {
        versions: [...(await entriesOf(directory)).keys()].toSorted((a, b) => a - b),
        labels: await labelsOf(root, model),
      };
    },
    async size(version) {
      return (await readPublishSource(await placeOf(directory, version))).bytes;
    },
    async fetch(version) {
      return await placeOf(directory, version);
    },
  };
}

/** `1` and `01` are one version. */
async function placeOf(directory: string, version: Version): Promise<string> {
  const names = (await entriesOf(directory)).get(version);
  return join(directory, names?.at(-1) ?? String(version));
}

async function entriesOf(directory: string): ReturnType<typeof versionEntries> {
  try {
    return await versionEntries(directory);
  } catch (reason) {
    return missing(reason, directory, new Map());
  }
}

async function labelsOf(root: string, model: string): Promise<ModelVersions['labels']> {
  const place = join(root, INDEX_NAME);
  try {
    return parseIndex(await readFile(place, 'utf8'), place).index.models.get(model)?.labels ?? new Map();
  } catch (reason) {
    return missing(reason, place, new Map());
  }
}

/** `otherwise` for what is not there; every other error is thrown. */
function missing<Value>(reason: unknown, path: string, otherwise: Value): Value {
  const error = diskError(reason, path);
  if (error.code === Code.NotFound) {
    return otherwise;
  }
  throw error;
}
