import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWarmupFile } from '../../../../gpu-backend/src/model/warmup/warmup-file.ts';
import { encodeTfRecord } from '../../../../layers/codecs/src/index.ts';

const GOLDEN = join(import.meta.dirname, '../../../golden/tfrecord/bytes.tfrecord');
const ADVICE = 'Please verify your warmup data is in TFRecord format.';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tensorfleet-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function readAll(path: string): Promise<readonly Uint8Array[]> {
  const read: Uint8Array[] = [];
  for await (const record of readWarmupFile(path)) {
    read.push(record);
  }
  return read;
}

function records(...data: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(data.map(encodeTfRecord));
}

describe('readWarmupFile', () => {
  let path: string;
  beforeEach(() => {
    path = join(directory, 'requests');
  });

  it("reads what TensorFlow's writer wrote", async () => {
    await cp(GOLDEN, path);

    expect((await readAll(path)).map(({ length }) => length)).toEqual([0, 1, 3, 4, 255, 1000]);
  });

  it('reads nothing where there is no file', async () => {
    await expect(readAll(join(directory, 'none'))).resolves.toEqual([]);
    await writeFile(path, '');
    await expect(readAll(join(path, 'below-a-file'))).resolves.toEqual([]);
  });

  it('reads nothing from an empty file', async () => {
    await writeFile(path, '');

    await expect(readAll(path)).resolves.toEqual([]);
  });

  it('reads records that are larger than what is read at once', async () => {
    const large = Uint8Array.from({ length: 2 ** 21 + 5 }, (_, index) => index % 251);
    await writeFile(path, records(large, Uint8Array.of(1)));

    const read = await readAll(path);

    expect(read).toHaveLength(2);
    expect(Buffer.compare(read[0] ?? new Uint8Array(0), large)).toBe(0);
  });

  it('refuses a file of another kind with DATA_LOSS and advice', async () => {
    await writeFile(path, 'this is not a TFRecord file');

    await expect(readAll(path)).rejects.toThrow(
      `corrupted record at 0: the checksum of its length differs (record 1) in "${path}". ${ADVICE}`,
    );
  });

  it('names the record whose data were changed', async () => {
    const bytes = records(Uint8Array.of(1, 2), Uint8Array.of(3, 4));
    bytes[bytes.length - 5] = 9;
    await writeFile(path, bytes);

    await expect(readAll(path)).rejects.toThrow(
      `corrupted record at 18: the checksum of its data differs (record 2) in "${path}". ${ADVICE}`,
    );
  });

  it.each([3, 13, 17])('names the record that the file ends in, after %i bytes of it', async (length) => {
    const whole = records(Uint8Array.of(1, 2), Uint8Array.of(3, 4));
    await writeFile(path, whole.subarray(0, 18 + length));

    await expect(readAll(path)).rejects.toThrow(/^truncated record at 18: .* \(record 2\) in /);
  });

  it('reads 1000 records and no more', async () => {
    const thousand = Array.from({ length: 1000 }, () => Uint8Array.of(7));
    await writeFile(path, records(...thousand));
    await expect(readAll(path)).resolves.toHaveLength(1000);
    await writeFile(path, records(...thousand, Uint8Array.of(7)));

    await expect(readAll(path)).rejects.toThrow(`Number of warmup records exceeds the maximum (1000) at ${path}`);
  });

  it('refuses what is no file', async () => {
    await mkdir(path);
    await expect(readAll(path)).rejects.toThrow(`"${path}" is not a file`);
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);

    await expect(readAll(pipe)).rejects.toThrow(`"${pipe}" is not a file`);
  });
});
