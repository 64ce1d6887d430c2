import type { RepositoryIndex } from '../format/repository-index.ts';
import type { Rollout } from '../format/rollout.ts';
import { endRollout, stepRollout } from '../publish/rollout-edits.ts';
import type { RolloutAction } from './decide-rollout.ts';
import { isSameRun } from './same-run.ts';

export interface DecidedRollout {
  /** What the index calls the model. */
  readonly model: string;
  /** The rollout that was decided about, as it was then. */
  readonly rollout: Rollout;
  readonly decision: RolloutAction;
  /** Whole milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Writes a decision into the index: step, weights and a line of history. Many servers may decide at once, and each
 * decision is carried out once: no change when the rollout is over or another run by now, or, but for a roll back, when
 * another server has taken a step since.
 */
export function applyDecision(
  index: RepositoryIndex,
  { model, rollout, decision, at }: DecidedRollout,
): RepositoryIndex {
  const current = index.models.get(model)?.rollout;
  if (current?.state !== 'running' || !isSameRun(rollout, current)) {
    return index;
  }
  const { candidate, step } = rollout;
  const isOvertaken = current.step !== step;
  switch (decision.kind) {
    case 'step':
      return stepRollout(index, { model, at, candidate, from: step });
    case 'done':
      return isOvertaken ? index : endRollout(index, { model, at, candidate, state: 'done', reason: decision.reason });
    case 'roll_back':
      return endRollout(index, { model, at, candidate, state: 'rolled_back', reason: decision.reason });
  }
}
