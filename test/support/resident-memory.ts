import { readFile } from 'node:fs/promises';

/** For long runs by hand, which take minutes: for example TENSORFLEET_MEMORY_CYCLES=500. */
export const CYCLES = Number(process.env['TENSORFLEET_MEMORY_CYCLES'] ?? 0);
/** TENSORFLEET_MEMORY_ENGINE=tensorflow for the other. */
export const ENGINE = process.env['TENSORFLEET_MEMORY_ENGINE'] ?? 'onnx';

/** Resident memory of another process in kilobytes, as Linux tells it. */
export async function residentKilobytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(status)?.[1]);
}
