import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseManifest } from '../../../../layers/repository/src/format/manifest.ts';
import { parseIndex } from '../../../../layers/repository/src/format/read-index.ts';
import { EMPTY_INDEX, type RepositoryIndex } from '../../../../layers/repository/src/format/repository-index.ts';
import type { MemoryStore } from '../../../fakes/memory-store.ts';

/** A directory with these files, on the disk. */
export async function sourceOf(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'tensorfleet-source-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

export function textOf(store: MemoryStore, key: string): string | undefined {
  const stored = store.objects.get(key);
  return stored && new TextDecoder().decode(stored.data);
}

export async function putText(store: MemoryStore, key: string, text: string): Promise<void> {
  await store.put(key, new TextEncoder().encode(text));
}

/** The index in the store; one that is wrong throws. */
export function indexIn(store: MemoryStore): RepositoryIndex {
  const text = textOf(store, 'index.json');
  if (text === undefined) {
    return EMPTY_INDEX;
  }
  const { index, problems } = parseIndex(text, 'index.json');
  for (const [model, problem] of problems) {
    throw new Error(`model ${model} of the index is wrong: ${problem}`);
  }
  return index;
}

/**
 * The contents of a version by path, as a server that downloads it gets them. Throws unless its manifest is the one that
 * the index names and every file is as that lists it.
 */
export function contentsIn(store: MemoryStore, model: string, version: number): ReadonlyMap<string, string> {
  const place = `${model}/${version}`;
  const entry = [...(indexIn(store).models.get(model)?.versions ?? [])].find(([each]) => each === version)?.[1];
  const text = textOf(store, `${place}/manifest.json`);
  if (text === undefined || sha256(text) !== entry?.manifest) {
    throw new Error(`${place} has ${text === undefined ? 'no' : 'another'} manifest`);
  }
  const files = parseManifest(text, place).files ?? [];
  for (const file of files) {
    const data = store.objects.get(`${place}/${file.path}`)?.data;
    if (data === undefined || data.byteLength !== file.bytes || sha256(data) !== file.sha256) {
      throw new Error(`${place}/${file.path} is ${data === undefined ? 'missing' : 'another file'}`);
    }
  }
  return new Map(files.map(({ path }) => [path, textOf(store, `${place}/${path}`) ?? '']));
}
