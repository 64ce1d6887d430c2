import type { ModelSpec } from '@tensorfleet/core';
import { type Payload, payloadOf, readInputFile } from '../data/payload.ts';
import type { Answer } from '../fleet/answer.ts';
import type { FleetTarget } from '../fleet/fleet-target.ts';
import { ExitCode, fail } from '../terminal/fail.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { renderAnswers, type TimedAnswer } from './render-answers.ts';

export interface PredictOptions {
  readonly spec: ModelSpec;
  /** For one request. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly routingKey?: string | undefined;
  /** Whole answers instead of tables. */
  readonly json: boolean;
  /** Labels to show. Default: all that the answer has. */
  readonly top?: number;
}

/** Asks about one file after the other; a failure is said at once and costs the exit code only. */
export async function predictFiles(
  target: FleetTarget,
  files: readonly string[],
  options: PredictOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { signal, json } = options;
  const answers: TimedAnswer[] = [];
  let failures = 0;
  for (const file of files) {
    try {
      const answered = await askTimed(target, file, await readPayload(file), options);
      answers.push(answered);
      if (json) {
        terminal.out.line(answered.answer.json);
      }
    } catch (reason) {
      if (signal.aborted) {
        break;
      }
      failures++;
      fail(terminal, reason, file);
    }
  }
  if (!json && answers.length > 0) {
    terminal.out.line(renderAnswers(answers, terminal.out.colours, options.top));
  }
  return signal.aborted ? ExitCode.Interrupted : failures > 0 ? ExitCode.Failed : ExitCode.Ok;
}

export async function readPayload(file: string): Promise<Payload> {
  return payloadOf(file, await readInputFile(file));
}

export async function askTimed(
  target: FleetTarget,
  file: string,
  payload: Payload,
  { spec, ...options }: PredictOptions,
): Promise<TimedAnswer> {
  const start = performance.now();
  const answer: Answer = await target.predict(spec, payload, options);
  return { file, answer, durationMs: performance.now() - start };
}
