import { readdir, readFile } from 'node:fs/promises';

/** What a process and all below it have in memory, as Linux tells it; 0 elsewhere. What ends meanwhile counts as nothing. */
export async function residentKilobytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const children = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  const pids = children.flatMap((list) => list.split(' ').filter((child) => child !== ''));
  const below = await Promise.all(pids.map((child) => residentKilobytes(Number(child))));
  return below.reduce((sum, each) => sum + each, Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(status)?.[1] ?? 0));
}
