import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { DirectoryStore } from '../../../../layers/repository/src/store/directory-store.ts';
import { describeObjectStore } from '../../../contract/object-store.contract.ts';

async function makeRoot(): Promise<{ readonly root: string } & AsyncDisposable> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'directory-store-')));
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
}

describe('DirectoryStore', () => {
  describeObjectStore(async () => {
    const fixture = await makeRoot();
    return { store: new DirectoryStore(fixture.root), [Symbol.asyncDispose]: fixture[Symbol.asyncDispose] };
  });
});
