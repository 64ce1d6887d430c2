import { readFile } from 'node:fs/promises';

/** Resident memory of another process in kilobytes, as Linux tells it. */
export async function residentKilobytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(status)?.[1]);
}
