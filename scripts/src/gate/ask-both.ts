import type { ModelSpec } from '@tensorfleet/core';
import { type Outcome, type RunOptions, runRequests } from '../evaluation/run-requests.ts';
import type { FleetTarget } from '../fleet/fleet-target.ts';
import type { ExampleAnswer, Examples } from './examples/examples.ts';

/** A version, and where it is asked. */
export interface Side {
  readonly target: FleetTarget;
  readonly spec: ModelSpec;
}

/** The candidate and what it is compared with. */
export interface Both<Each> {
  readonly candidate: Each;
  /** Undefined where nothing is served yet, or the gate wants no comparison. */
  readonly baseline: Each | undefined;
}

/** `requests` are those to each version. */
export interface AskOptions extends RunOptions {
  /** For one request. */
  readonly timeoutMs: number;
}

/** How the requests to one version ended; the index of each is its number, 0 to requests - 1. */
export type Answers = readonly Outcome<ExampleAnswer>[];

/**
 * Asks both versions about every example, request by request in turn, the first of each pair alternating: whatever else
 * the machine does slows both. More requests than examples begin again at the first.
 */
export async function askBoth(examples: Examples, sides: Both<Side>, options: AskOptions): Promise<Both<Answers>> {
  const { requests, timeoutMs, signal } = options;
  const turns = sides.baseline === undefined ? 1 : 2;
  const { outcomes } = await runRequests(
    (turn) => {
      const { target, spec } = sideOf(sides, turn);
      return examples.ask(target, spec, Math.floor(turn / turns) % examples.count, { timeoutMs, signal });
    },
    { ...options, requests: requests * turns },
  );
  const numbered = (isWanted: (turn: number) => boolean): Answers =>
    outcomes
      .filter(({ index }) => isWanted(index))
      .map((outcome) => ({ ...outcome, index: Math.floor(outcome.index / turns) }));
  return {
    candidate: numbered((turn) => turns === 1 || isCandidates(turn)),
    baseline: turns === 1 ? undefined : numbered((turn) => !isCandidates(turn)),
  };
}

function sideOf({ candidate, baseline }: Both<Side>, turn: number): Side {
  return baseline === undefined || isCandidates(turn) ? candidate : baseline;
}

/** Of four turns the first and the last. */
function isCandidates(turn: number): boolean {
  return turn % 4 === 0 || turn % 4 === 3;
}
