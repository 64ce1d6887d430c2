import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const CACHE = resolve(import.meta.dirname, '../../node_modules/.cache/tensorfleet-tools');
const POLL_MS = 200;

/**
 * The folder into which `install` has put what it installs. It runs once for each checkout, however many processes ask:
 * those that come while it runs wait for it. When it fails, the next that asks tries again.
 */
export async function installOnce(name: string, install: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE, name);
  const installed = join(folder, '.installed');
  await mkdir(folder, { recursive: true });
  await using _ = await lock(`${folder}.lock`);
  if (!existsSync(installed)) {
    await install(folder);
    await writeFile(installed, '');
  }
  return folder;
}

/** Resolves when no other process holds it. */
async function lock(path: string): Promise<AsyncDisposable> {
  while (!(await tryLock(path))) {
    const holder = await readFile(path, 'utf8').catch(() => '');
    if (holder !== '' && !isAlive(Number(holder))) {
      await rm(path, { force: true });
    } else {
      await delay(POLL_MS);
    }
  }
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}

async function tryLock(path: string): Promise<boolean> {
  return await writeFile(path, String(process.pid), { flag: 'wx' }).then(
    () => true,
    (reason: NodeJS.ErrnoException) => {
      if (reason.code === 'EEXIST') {
        return false;
      }
      throw reason;
    },
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
