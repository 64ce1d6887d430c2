import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';

/** Written last into a converted model's directory; its time of change is when the model was last loaded. */
export const SEAL_NAME = 'sealed.json';

const sealSchema = z.strictObject({
  files: z
    .array(z.strictObject({ name: z.string().min(1), bytes: z.number().int().min(0), checksum: z.number().int() }))
    .min(1),
});

type Seal = z.infer<typeof sealSchema>;

/** Lists the files of a finished conversion with their sizes and checksums. Rejects with system errors. */
export async function sealConversion(directory: string): Promise<void> {
  const names = (await readdir(directory)).toSorted();
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const { size: bytes } = await stat(path);
      return { name, bytes, checksum: await checksumOf(path, bytes) };
    }),
  );
  const seal: Seal = { files };
  await writeFile(join(directory, SEAL_NAME), JSON.stringify(seal), { flag: 'wx', flush: true });
}

/** Whether a directory holds exactly what was sealed there. Never rejects: what cannot be read is not whole. */
export async function isWholeConversion(directory: string): Promise<boolean> {
  try {
    const seal = sealSchema.parse(JSON.parse(await readFile(join(directory, SEAL_NAME), 'utf8')));
    for (const { name, bytes, checksum } of seal.files) {
      const path = join(directory, name);
      if ((await stat(path)).size !== bytes || (await checksumOf(path, bytes)) !== checksum) {
        return false;
      }
    }
    return true;
  } catch {
    return false;
  }
}

/** The bytes that a directory takes; 0 when it is gone. */
export async function conversionBytes(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const BLOCK_BYTES = 256 * 1024;
/** Blocks that are looked at: all of a file up to 16 MiB, samples of a larger one, which takes long to read. */
const MAX_BLOCKS = 64;

async function checksumOf(path: string, bytes: number): Promise<number> {
  const stride = Math.max(BLOCK_BYTES, Math.ceil(bytes / MAX_BLOCKS));
  const buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  await using file = await open(path);
  let checksum = 0;
  for (let offset = 0; offset < bytes; offset += stride) {
    const { bytesRead } = await file.read(buffer, 0, BLOCK_BYTES, offset);
    checksum = crc32(buffer.subarray(0, bytesRead), checksum);
  }
  return checksum;
}
