import { appendFile, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DigestMemory, sha256OfFile } from '../../../../layers/repository/src/disk/digest.ts';

// FIPS 180-2, appendix B.1 and B.3.
const SHA_OF_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const SHA_OF_MILLION_A = 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tensorfleet-digest-'));
  path = join(directory, 'file');
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe('sha256OfFile', () => {
  it.each([
    ['abc', SHA_OF_ABC],
    ['a'.repeat(1_000_000), SHA_OF_MILLION_A],
  ])('is the digest of the whole file', async (content, digest) => {
    await writeFile(path, content);
    expect(await sha256OfFile(path)).toBe(digest);
  });
});

describe('DigestMemory', () => {
  const memory = (): DigestMemory => new DigestMemory();

  it('hashes a file again after it has grown', async () => {
    const digests = memory();
    await writeFile(path, 'abc');
    expect(await digests.matches(path, await stat(path), SHA_OF_ABC)).toBe(true);
    await appendFile(path, 'd');
    expect(await digests.matches(path, await stat(path), SHA_OF_ABC)).toBe(false);
  });

  it('does not trust a wrong digest of a file that is young: a later write may bear the same time', async () => {
    const digests = memory();
    const now = new Date();
    await writeFile(path, 'abX');
    await utimes(path, now, now);
    expect(await digests.matches(path, await stat(path), SHA_OF_ABC)).toBe(false);
    await writeFile(path, 'abc');
    await utimes(path, now, now);
    expect(await digests.matches(path, await stat(path), SHA_OF_ABC)).toBe(true);
  });

  it('remembers a wrong digest of a file that is old', async () => {
    const digests = memory();
    const longAgo = new Date('2020-01-01');
    await writeFile(path, 'abX');
    await utimes(path, longAgo, longAgo);
    expect(await digests.matches(path, await stat(path), SHA_OF_ABC)).toBe(false);
    await writeFile(path, 'abc');
    await utimes(path, longAgo, longAgo);
    expect(await digests.matches(path, await stat(path), SHA_OF_ABC)).toBe(false);
  });

  it('does not match when the file changes while it is hashed', async () => {
    await writeFile(path, 'abc');
    const before = await stat(path);
    await utimes(path, new Date('2020-01-01'), new Date('2020-01-01'));
    expect(await memory().matches(path, before, SHA_OF_ABC)).toBe(false);
  });
});
