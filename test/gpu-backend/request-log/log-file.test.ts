import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFile, type LogFileLimits } from '../../../gpu-backend/src/request-log/log-file.ts';
import { logFileNames } from '../../../gpu-backend/src/request-log/log-file-names.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const TIME = Date.UTC(2026, 10, 21, 20, 46, 20);
const LIMITS: LogFileLimits = { maxFileBytes: 10, maxFileRecords: 3, maxTotalBytes: 1000, maxFiles: 1000 };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tensorfleet-'));
});
afterEach(() => rm(directory, { recursive: true }));

function logFile(limits: Partial<LogFileLimits> = {}, prefix = join(directory, 'log')): LogFile {
  return new LogFile(logFileNames(prefix, 'm'), { ...LIMITS, ...limits }, () => TIME);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The contents of the files, in the order of their names. */
async function contents(): Promise<readonly string[]> {
  const names = (await readdir(directory)).toSorted();
  return Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
}

describe('logFileNames', () => {
  it('names files by model, time and number', () => {
    const names = logFileNames('/logs/a', 'm');

    expect(names.path(TIME, 7)).toBe('/logs/a-m-20261121T204620Z-000007.tfrecord');
    expect(names.directory).toBe('/logs');
  });

  it.each(['../x', 'a/b', 'a\0b', 'é'])('stays in its directory for a model called %j', (model) => {
    expect(logFileNames('/logs/a', model).directory).toBe('/logs');
    expect(logFileNames('/logs/a', model).path(TIME, 1)).toMatch(/^\/logs\/a-[\w.%-]+$/);
  });

  it('keeps names short enough for file systems', () => {
    const path = logFileNames('/logs/a', 'é'.repeat(127)).path(TIME, 1);

    expect(path.length).toBeLessThan(220);
  });

  it('takes a prefix that ends with a slash for a directory', () => {
    expect(logFileNames('/logs/', 'm').path(TIME, 1)).toBe('/logs/-m-20261121T204620Z-000001.tfrecord');
    expect(logFileNames('/logs/', 'm').directory).toBe('/logs');
  });

  it('knows its own files only', () => {
    const names = logFileNames('/logs/a', 'm');

    expect(names.owns('a-m-20261121T204620Z-000007.tfrecord')).toBe(true);
    expect(names.owns('a-m-2-20261121T204620Z-000007.tfrecord')).toBe(false);
    expect(names.owns('a-m-notes.tfrecord')).toBe(false);
    expect(names.owns('b-m-20261121T204620Z-000007.tfrecord')).toBe(false);
  });
});

describe('LogFile', () => {
  it('appends to one file, in a directory that it makes', async () => {
    const file = logFile({}, join(directory, 'new', 'log'));

    await file.append([bytes('ab')]);
    await file.append([bytes('cd')]);

    const name = 'log-m-20261121T204620Z-000001.tfrecord';
    await expect(readFile(join(directory, 'new', name), 'utf8')).resolves.toBe('abcd');
  });

  it('goes on with the next file when a record does not fit', async () => {
    const file = logFile();

    await file.append([bytes('aaaaaa'), bytes('bbbbbb'), bytes('cc')]);
    await file.append([bytes('dd'), bytes('e')]);

    await expect(contents()).resolves.toEqual(['aaaaaa', 'bbbbbbccdd', 'e']);
  });

  it('goes on with the next file after as many records as one may hold', async () => {
    const file = logFile();

    await file.append(['a', 'b', 'c', 'd', 'e'].map(bytes));
    await file.append(['f', 'g'].map(bytes));

    await expect(contents()).resolves.toEqual(['abc', 'def', 'g']);
  });

  it('gives a record that is larger than a file one of its own', async () => {
    const file = logFile();

    await file.append([bytes('a'), bytes('b'.repeat(11)), bytes('c')]);

    await expect(contents()).resolves.toEqual(['a', 'b'.repeat(11), 'c']);
  });

  it('leaves files of others alone that have its names', async () => {
    await writeFile(join(directory, 'log-m-20261121T204620Z-000001.tfrecord'), 'theirs');

    await logFile().append([bytes('ours')]);

    await expect(contents()).resolves.toEqual(['theirs', 'ours']);
  });

  it('removes its oldest files when all together become too large', async () => {
    await writeFile(join(directory, 'log-m-20200101T000000Z-000001.tfrecord'), 'x'.repeat(30));
    await writeFile(join(directory, 'notes'), 'x'.repeat(100));
    const file = logFile({ maxTotalBytes: 30 });

    await file.append(['a', 'b', 'c', 'd'].map((letter) => bytes(letter.repeat(10))));

    await expect(contents()).resolves.toEqual([...['b', 'c', 'd'].map((letter) => letter.repeat(10)), 'x'.repeat(100)]);
  });

  it('removes its oldest files when they become too many', async () => {
    const file = logFile({ maxFiles: 2, maxFileRecords: 1 });

    await file.append(['a', 'b', 'c'].map(bytes));

    await expect(contents()).resolves.toEqual(['b', 'c']);
  });

  it('leaves whole records behind when a write fails amid one', async () => {
    // A file may have 8 KiB here; a write that would make it larger stops there.
    const script = `
      import { LogFile } from './gpu-backend/src/request-log/log-file.ts';
      import { logFileNames } from './gpu-backend/src/request-log/log-file-names.ts';
      const limits = { maxFileBytes: 1e6, maxFileRecords: 1000, maxTotalBytes: 1e9, maxFiles: 10 };
      const file = new LogFile(logFileNames(${JSON.stringify(join(directory, 'log'))}, 'm'), limits, () => 0);
      await file.append([new Uint8Array(3000).fill(97)]);
      await file.append([new Uint8Array(3000).fill(98)]);
      const error = await file.append([new Uint8Array(3000).fill(99)]).catch((reason) => reason);
      await file.append([new Uint8Array(1000).fill(100)]);
      process.stdout.write(error.code);
    `;
    const command = `ulimit -f 8; exec "$0" --input-type=module-typescript -e "$1"`;

    const code = execFileSync('bash', ['-c', command, process.execPath, script], { cwd: ROOT, encoding: 'utf8' });

    expect(code).toBe('EFBIG');
    await expect(contents()).resolves.toEqual(['a'.repeat(3000) + 'b'.repeat(3000) + 'd'.repeat(1000)]);
  });

  it('goes on with another file when its own is no file any more', async () => {
    const file = logFile();
    await file.append([bytes('a')]);
    const [name = ''] = await readdir(directory);
    await unlink(join(directory, name));
    await mkdir(join(directory, name));

    await expect(file.append([bytes('b')])).rejects.toThrow('EISDIR');
    await file.append([bytes('c')]);

    await rm(join(directory, name), { recursive: true });
    await expect(contents()).resolves.toEqual(['c']);
  });

  it('rejects when its directory is none, and works once it is', async () => {
    const file = logFile({}, join(directory, 'sub', 'log'));
    await writeFile(join(directory, 'sub'), '');

    await expect(file.append([bytes('a')])).rejects.toThrow(/EEXIST|ENOTDIR/);
    await unlink(join(directory, 'sub'));
    await mkdir(join(directory, 'sub'));
    await file.append([bytes('b')]);

    await expect(readdir(join(directory, 'sub'))).resolves.toHaveLength(1);
  });
});
