import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryLock } from '../../../../layers/repository/src/store/directory-lock.ts';

const STORES = resolve(import.meta.dirname, '../../../../layers/repository/src/store');

describe('DirectoryLock', () => {
  let directory: string;

  beforeEach(async () => {
    directory = join(await realpath(await mkdtemp(join(tmpdir(), 'directory-lock-'))), 'lock');
  });
  afterEach(async () => {
    await rm(join(directory, '..'), { recursive: true });
  });

  async function numbers(): Promise<readonly string[]> {
    return (await readdir(directory)).toSorted();
  }

  /** A lock file as an owner leaves it that was killed while it held the lock. */
  async function leave(number: number, owner: object, ageMs = 0): Promise<void> {
    await mkdir(directory, { recursive: true });
    const path = join(directory, String(number));
    await writeFile(path, JSON.stringify(owner));
    const time = new Date(Date.now() - ageMs);
    await utimes(path, time, time);
  }

  /** This process, as it names itself. */
  async function self(): Promise<{ pid: number; system: string; started: string }> {
    const lock = new DirectoryLock(directory);
    let text = '';
    const { readFileSync, readdirSync } = await import('node:fs');
    await lock.hold(() => {
      text = readFileSync(join(directory, readdirSync(directory).toSorted().at(-1) ?? ''), 'utf8');
    });
    return JSON.parse(text);
  }

  it('is held by one after the other, and leaves one empty file', async () => {
    const lock = new DirectoryLock(directory);
    expect(await lock.hold(() => 1)).toBe(1);
    expect(await lock.hold(() => 2)).toBe(2);
    expect(await numbers()).toEqual(['2']);
    expect(await readFile(join(directory, '2'), 'utf8')).toBe('');
  });

  it('is free again after a change that has failed', async () => {
    const lock = new DirectoryLock(directory);
    await expect(
      lock.hold(() => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await lock.hold(() => 'yes')).toBe('yes');
  });

  it('of a dead process of this system is taken over at once, and of a process that got its pid too', async () => {
    const me = await self();
    await leave(8, { ...me, pid: 2 ** 22 + 1 });
    expect(await new DirectoryLock(directory).hold(() => 'after a dead one')).toBe('after a dead one');
    await leave(12, { ...me, started: '1' });
    expect(await new DirectoryLock(directory).hold(() => 'after another one')).toBe('after another one');
    expect(await numbers()).toEqual(['13']);
  });

  it('of a living process is waited for, however old it is', async () => {
    await leave(8, await self(), 3_600_000);
    const abort = new AbortController();
    const waiting = new DirectoryLock(directory, () => 1).hold(() => 'taken', abort.signal);
    setImmediate(() => abort.abort());
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(await numbers()).toEqual(['1', '8']);
  });

  it.each([
    ['another system', { pid: 1, system: 'elsewhere', started: '1' }],
    ['nobody that can be looked up', { pid: 1, system: '', started: '' }],
  ])('of %s is taken over when it is a minute old, and not before', async (_, owner) => {
    await leave(3, owner, 1_000);
    await expect(new DirectoryLock(directory).hold(() => 1, AbortSignal.timeout(100))).rejects.toThrow();
    await leave(3, owner, 61_000);
    expect(await new DirectoryLock(directory).hold(() => 'taken')).toBe('taken');
  });

  it('counts right between processes, of which some are killed', { timeout: 60_000 }, async () => {
    const root = join(directory, '..');
    const program = `
      import { readFileSync, writeFileSync } from 'node:fs';
      import { DirectoryLock } from '${STORES}/directory-lock.ts';
      const lock = new DirectoryLock('${directory}');
      for (let round = 0; round < 20; round++) {
        await lock.hold(() => {
          const count = Number(readFileSync('${root}/count', 'utf8'));
          if (process.argv[1] === 'killed' && round === 10) process.kill(process.pid, 'SIGKILL');
          writeFileSync('${root}/count', String(count + 1));
        });
      }`;
    await writeFile(join(root, 'count'), '0');
    const run = async (fate: string): Promise<unknown> => {
      const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program, fate], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      return (await once(child, 'exit'))[1];
    };
    expect(await Promise.all(['whole', 'killed', 'whole'].map(run))).toEqual([null, 'SIGKILL', null]);
    expect(await readFile(join(root, 'count'), 'utf8')).toBe('50');
  });
});
