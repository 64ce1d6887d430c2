import { setTimeout as delay } from 'node:timers/promises';
import type { Payload } from '../data/payload.ts';
import type { FleetTarget } from '../fleet/fleet-target.ts';
import { ExitCode, sentenceOf } from '../terminal/fail.ts';
import { formatTime } from '../terminal/format.ts';
import { oneLine } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { askTimed, type PredictOptions, readPayload } from './predict-files.ts';
import { briefAnswer } from './render-answers.ts';

const INTERVAL_MS = 1_000;

/** Asks about every file each second until the signal, and prints a line when an answer is another than before. */
export async function watchFiles(
  target: FleetTarget,
  files: readonly string[],
  options: PredictOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { signal } = options;
  const payloads = await Promise.all(files.map(async (file) => [file, await readPayload(file)] as const));
  const last = new Map<string, string>();
  if (terminal.err.isTerminal) {
    terminal.err.line(terminal.err.colours.dim('watching; Ctrl-C ends it'));
  }
  while (!signal.aborted) {
    for (const [file, payload] of payloads) {
      const said = await say(target, file, payload, options);
      if (!signal.aborted && last.get(file) !== said) {
        last.set(file, said);
        terminal.out.line(oneLine(`${formatTime(new Date())}  ${file}  ${said}`));
      }
    }
    await delay(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
  return ExitCode.Interrupted;
}

/** Failures are part of what is watched: a server that restarts comes back. */
async function say(target: FleetTarget, file: string, payload: Payload, options: PredictOptions): Promise<string> {
  try {
    return briefAnswer((await askTimed(target, file, payload, options)).answer);
  } catch (reason) {
    return `failed: ${sentenceOf(reason)}`;
  }
}
