import { mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RequestLog } from '../../../gpu-backend/src/request-log/request-log.ts';
import { readTfRecords } from '../../../layers/codecs/src/index.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { silentLog } from '../../support/silent-log.ts';

const MEBIBYTE = 2 ** 20;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tensorfleet-'));
});
afterEach(() => rm(directory, { recursive: true }));

function bench() {
  const clock = new FakeClock();
  const log = silentLog();
  const counts = { written: 0, dropped: 0 };
  const onRecords = (_model: string, outcome: keyof typeof counts, records: number): void => {
    counts[outcome] += records;
  };
  const requestLog = new RequestLog({ clock, wallClock: () => 0, log, maxTotalBytes: 1024 * MEBIBYTE, onRecords });
  const write = (text: string, model = 'm', place = 'log'): void =>
    requestLog.write(join(directory, place), model, () => new TextEncoder().encode(text));
  return { requestLog, clock, log, write, counts };
}

/** What the records of all files say, by file. */
async function records(folder = directory): Promise<readonly (readonly string[])[]> {
  const names = (await readdir(folder)).toSorted();
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return files.map((file) =>
    Array.from(readTfRecords(new Uint8Array(file)), (record) => Buffer.from(record).toString()),
  );
}

describe('RequestLog', () => {
  it('writes records in their order, a file per model', async () => {
    const { requestLog, write, counts } = bench();
    write('1');
    write('2');
    write('3', 'other');
    write('4');

    await requestLog.close();

    await expect(records()).resolves.toEqual([['1', '2', '4'], ['3']]);
    expect(counts).toEqual({ written: 4, dropped: 0 });
  });

  it('writes what comes just after it has written all', async () => {
    const { requestLog, write, counts } = bench();
    write('1');
    await requestLog.flush();
    write('2');
    await requestLog.flush();

    expect(counts).toEqual({ written: 2, dropped: 0 });
  });

  it('writes records that are larger than what is checked at once', async () => {
    const { requestLog } = bench();
    const large = new Uint8Array(2 * MEBIBYTE + 1).fill(7);
    requestLog.write(join(directory, 'log'), 'm', () => large);

    await requestLog.close();

    expect((await records()).flat().map(({ length }) => length)).toEqual([large.length]);
  });

  it('writes at most 1000 records to a file, as many as a file of warm-up requests may hold', async () => {
    const { requestLog, write } = bench();
    for (let index = 0; index < 1001; index++) {
      write('x');
    }

    await requestLog.close();

    expect((await records()).map(({ length }) => length)).toEqual([1000, 1]);
  });

  it('drops what comes after its close, without building it', async () => {
    const { requestLog, counts } = bench();
    await requestLog.close();

    requestLog.write(join(directory, 'log'), 'm', () => {
      throw new Error('built');
    });

    expect(counts).toEqual({ written: 0, dropped: 1 });
  });

  it('drops what does not fit into its queue, without building it, and says so once', async () => {
    const { requestLog, log, counts } = bench();
    const large = new Uint8Array(16 * MEBIBYTE);
    let built = 0;
    for (let index = 0; index < 7; index++) {
      requestLog.write(join(directory, 'log'), 'm', () => {
        built++;
        return large;
      });
    }

    await requestLog.close();

    // The first is on its way to the disk when the others come.
    expect(built).toBe(5);
    expect(counts).toEqual({ written: 5, dropped: 2 });
    expect(log.lines.map(({ level, facts }) => [level, facts])).toEqual([
      ['warn', { prefix: join(directory, 'log'), dropped: 2 }],
    ]);
  });

  it('pauses when the disk refuses a write, warns once, and goes on later', async () => {
    const { requestLog, clock, log, write, counts } = bench();
    await writeFile(join(directory, 'sub'), 'a file in the place of a directory');
    write('1', 'm', 'sub/log');
    await requestLog.flush();
    write('2', 'm', 'sub/log');
    clock.advance(10_000);
    write('3', 'm', 'sub/log');
    await requestLog.flush();
    await unlink(join(directory, 'sub'));
    clock.advance(9999);
    write('4', 'm', 'sub/log');
    clock.advance(1);
    write('5', 'm', 'sub/log');

    await requestLog.close();

    await expect(records(join(directory, 'sub'))).resolves.toEqual([['5']]);
    expect(counts).toEqual({ written: 1, dropped: 4 });
    expect(log.lines.map(({ level, text }) => `${level}: ${text.replace(/:.*/, '')}`)).toEqual([
      'warn: the request log cannot be written and pauses',
      'info: the request log is written again',
    ]);
  });

  it('writes on elsewhere while one place is refused', async () => {
    const { requestLog, write } = bench();
    await writeFile(join(directory, 'sub'), '');
    write('1', 'm', 'sub/log');
    write('2', 'm', 'good');
    await requestLog.close();
    await unlink(join(directory, 'sub'));

    await expect(records()).resolves.toEqual([['2']]);
  });
});
