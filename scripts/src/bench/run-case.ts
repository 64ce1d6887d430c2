import type { BenchCase, Sample } from './bench-case.ts';

/** The samples of a case, round by round; both lists have the same length, `theirs` is empty without a comparison. */
export interface CaseRun {
  readonly name: string;
  readonly against: string;
  readonly goal: number;
  readonly ours: readonly Sample[];
  readonly theirs: readonly Sample[];
}

/** Measures the sides in turns, so that what else the machine does meets both. */
export async function runCase(benchCase: BenchCase, wantedRounds: number): Promise<CaseRun> {
  const { name, against, goal = 1, rounds = wantedRounds } = benchCase;
  await using contest = await benchCase.open();
  const ours: Sample[] = [];
  const theirs: Sample[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await contest.ours());
    if (contest.theirs !== undefined) {
      theirs.push(await contest.theirs());
    }
  }
  return { name, against, goal, ours, theirs };
}
