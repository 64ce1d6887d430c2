import { invalidArgument } from '@tensorfleet/core';

export interface BenchArguments {
  /** Selects cases by name. */
  readonly pattern: RegExp;
  /** Samples that each side of a case gives, in turns. */
  readonly rounds: number;
}

export const BENCH_USAGE = `Usage: npm run bench -- [pattern] [--rounds n]

  pattern     regular expression on names like tensor-proto/decode-content/784 (default: all but savedmodel/, memory/, cold-start/ and download/)
  --rounds n  samples of each side, 3 to 1000 (default: 9)`;

const DEFAULT_ROUNDS = 9;
/** The others take minutes each, and TensorFlow or gigabytes of disk. */
const DEFAULT_PATTERN = /^(?!savedmodel\/|memory\/|download\/|cold-start\/)/;
/** Fewer give no spread. */
const MIN_ROUNDS = 3;
const MAX_ROUNDS = 1000;

/** Throws INVALID_ARGUMENT for what it does not understand. */
export function parseBenchArguments(args: readonly string[]): BenchArguments {
  let pattern: RegExp | undefined;
  let rounds = DEFAULT_ROUNDS;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--rounds') {
      index += 1;
      rounds = parseRounds(args[index]);
    } else if (arg.startsWith('-') || pattern !== undefined) {
      throw invalidArgument(`"${arg}" is not understood; --help shows what is`);
    } else {
      pattern = parsePattern(arg);
    }
  }
  return { pattern: pattern ?? DEFAULT_PATTERN, rounds };
}

function parseRounds(text = ''): number {
  const rounds = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (!(rounds >= MIN_ROUNDS && rounds <= MAX_ROUNDS)) {
    throw invalidArgument(`--rounds is "${text}", it must be a whole number from ${MIN_ROUNDS} to ${MAX_ROUNDS}`);
  }
  return rounds;
}

function parsePattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (cause) {
    throw invalidArgument(`pattern "${text}" is not a regular expression`, {}, cause);
  }
}
