import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { formatIndex } from '@tensorfleet/repository';
import { describe, expect, it } from 'vitest';
import { describeIndexedRepository, indexedModel } from '../../contract/indexed-repository.contract.ts';
import { temporaryRepository } from './temporary-repository.ts';

describe('a ModelRepository of directories with an index', () => {
  describeIndexedRepository(temporaryRepository);
});

describe('an index on a local disk', () => {
  it('has no say in which versions there are', async () => {
    await using disk = await temporaryRepository();
    await disk.publish('m/4');
    await disk.write('index.json', formatIndex({ models: new Map([['m', indexedModel([3])]]) }));
    expect((await disk.repository.scan('m')).complete).toMatchObject([{ version: 4 }]);
  });

  it('is warned about once when it cannot be read', async () => {
    await using disk = await temporaryRepository();
    await disk.publish('m/1');
    await disk.write('index.json', '{');
    await disk.repository.scan('m');
    await disk.repository.scan('m');
    expect(disk.warnings).toEqual([`"${join(disk.root, 'index.json')}" is not JSON; what the index said before stays`]);
  });

  it.skipIf(process.platform === 'win32')('is not waited for when it is a pipe', async () => {
    await using disk = await temporaryRepository();
    await disk.publish('m/1');
    execFileSync('mkfifo', [join(disk.root, 'index.json')]);
    expect((await disk.repository.scan('m')).complete).toMatchObject([{ version: 1 }]);
    expect(disk.warnings[0]).toContain('is neither a file nor a directory');
  });
});
