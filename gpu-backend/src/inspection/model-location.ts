import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  diskError,
  failedPrecondition,
  invalidArgument,
  notFound,
  unimplemented,
  type Version,
} from '@tensorfleet/core';
import { MODEL_FILES, versionEntries } from '@tensorfleet/repository';
import { PROGRAMS_FILE } from '../engine/conversion/program-file.ts';
import type { ModelFormat } from '../engine/engine.ts';

/** Where a model is and what it is. */
export interface ModelLocation {
  readonly format: ModelFormat;
  /** What an engine loads: a file, or the directory of a `saved_model` or `program`. Absolute. */
  readonly path: string;
  /** All that belongs to the model: a directory, or a file without one of its own. Absolute. */
  readonly root: string;
  /** The version that was taken of a directory of versions; undefined when the path named the model itself. */
  readonly version: Version | undefined;
  /** What the model is probably called, by its place. */
  readonly name: string;
}

/** How names of model files end, where people gave them names of their own. */
const SUFFIXES: readonly (readonly [suffix: string, format: ModelFormat])[] = [
  ['.onnx', 'onnx'],
  ['.tflite', 'tflite'],
  ['.json', 'tfjs'],
];

/**
 * Finds the model that people mean by a path: a model file, a directory that holds one, or a directory of versions, of
 * which the newest is taken. Throws NOT_FOUND when there is nothing, FAILED_PRECONDITION when it is not clear what is
 * meant, UNIMPLEMENTED for places that cannot be read.
 */
export async function locateModel(path: string): Promise<ModelLocation> {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(path)?.[1];
  if (scheme !== undefined) {
    throw unimplemented(
      `"${path}" cannot be read: models are looked into on local disks, ${scheme}:// is for servers and publishing`,
    );
  }
  const place = resolve(path);
  const stats = await statOf(place);
  return stats.isDirectory() ? await inDirectory(place) : atFile(place);
}

async function statOf(place: string): Promise<Stats> {
  return await stat(place).catch((reason: unknown) => {
    throw diskError(reason, place);
  });
}

function atFile(path: string): ModelLocation {
  const root = dirname(path);
  const format = MODEL_FILES.get(basename(path)) ?? SUFFIXES.find(([suffix]) => path.endsWith(suffix))?.[1];
  if (format === undefined) {
    throw invalidArgument(`"${path}" is no model file: those end in .onnx, .tflite, .json, or are saved_model.pb`);
  }
  return format === 'saved_model'
    ? located(format, root, root)
    : { format, path, root: path, version: undefined, name: basename(path).replace(/\.[^.]*$/, '') };
}

async function inDirectory(directory: string): Promise<ModelLocation> {
  const own = await directModel(directory);
  if (own !== undefined) {
    return own;
  }
  const versions = [...(await versionEntries(directory))].toSorted(([a], [b]) => b - a);
  for (const [version, names] of versions) {
    const found = await directModel(join(directory, names[0] ?? '')).catch(() => undefined);
    if (found !== undefined) {
      return { ...found, version, name: basename(directory) };
    }
  }
  const folders = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const inside = folders.length === 0 ? '' : `; it has the directories ${folders.map(({ name }) => name).join(', ')}`;
  throw notFound(`"${directory}" holds neither a model nor versions of one${inside}`);
}

async function directModel(directory: string): Promise<ModelLocation | undefined> {
  const names = await readdir(directory);
  if (names.includes(PROGRAMS_FILE)) {
    return located('program', directory, directory);
  }
  const known = [...MODEL_FILES].find(([name]) => names.includes(name));
  if (known !== undefined) {
    const [name, format] = known;
    return located(format, format === 'saved_model' ? directory : join(directory, name), directory);
  }
  const files = names.filter((name) => name.endsWith('.onnx') || name.endsWith('.tflite'));
  const [only, other] = files;
  if (other !== undefined) {
    throw failedPrecondition(`"${directory}" holds several models: name one of ${files.join(', ')}`);
  }
  return only === undefined ? undefined : { ...atFile(join(directory, only)), root: directory };
}

function located(format: ModelFormat, path: string, root: string): ModelLocation {
  const own = basename(root);
  const name = /^\d+$/.test(own) ? basename(dirname(root)) : own;
  return { format, path, root, version: undefined, name };
}
