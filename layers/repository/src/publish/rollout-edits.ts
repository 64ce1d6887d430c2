import { failedPrecondition, invalidArgument, type Version } from '@tensorfleet/core';
import type { LabelTarget } from '../format/model-routing.ts';
import type { IndexedModel, RepositoryIndex } from '../format/repository-index.ts';
import type { Rollout } from '../format/rollout.ts';
import { editModel, type IndexEdit, requireVersion, wasMade } from './edit-model.ts';
import { checkLabel, formatTarget, withTarget } from './label-target.ts';

export interface StartRollout
  extends IndexEdit,
    Pick<Rollout, 'label' | 'candidate' | 'steps' | 'stepSeconds' | 'bounds'> {}

/** What a label with this rollout stands for while `step` is in force. */
export function stepTarget({ baseline, candidate, steps }: Rollout, step: number): LabelTarget {
  const percent = steps[step] ?? 100;
  const shares = [[baseline, 100 - percent] as const, [candidate, percent] as const];
  return percent === 100 ? candidate : new Map(shares.toSorted(([a], [b]) => a - b));
}

/**
 * Begins to move a label from the version that it stands for to `candidate`: the label gets the weights of the first
 * step. No change when it has been started with the same `at`. Throws INVALID_ARGUMENT for steps that are none,
 * FAILED_PRECONDITION when the model has a running rollout, the label does not stand for one version, or for the
 * candidate, or a version is retired; NOT_FOUND for a candidate that the index does not have.
 */
export function startRollout(index: RepositoryIndex, edit: StartRollout): RepositoryIndex {
  const { model: name, at, label, candidate, steps, stepSeconds, bounds } = edit;
  checkLabel(label);
  checkSteps(steps);
  return editModel(index, name, (model) => {
    const old = model.rollout;
    if (old?.label === label && old.candidate === candidate && wasMade(model, { at, event: 'stepped', label })) {
      return model;
    }
    if (old?.state === 'running') {
      const reason = `model "${name}" has a running rollout already, of label "${old.label}"`;
      throw failedPrecondition(`${reason} from ${old.baseline} to ${old.candidate}`, { model: name });
    }
    requireVersion(name, model, candidate);
    const baseline = model.labels.get(label);
    if (typeof baseline !== 'number' || baseline === candidate) {
      const is = baseline === undefined ? 'is not set' : `stands for ${formatTarget(baseline)}`;
      throw failedPrecondition(`label "${label}" of model "${name}" ${is}: a rollout begins at one other version`);
    }
    const rollout: Rollout = {
      ...{ label, baseline, candidate, steps, stepSeconds, bounds },
      ...{ step: 0, stepSince: at, state: 'running' },
    };
    return {
      ...withTarget(model, label, stepTarget(rollout, 0), { at, event: 'stepped', reason: stepOf(rollout) }),
      rollout,
    };
  });
}

export interface StepRollout extends IndexEdit {
  readonly candidate: Version;
  /** Index of the step that is in force, as the one who decides saw it. */
  readonly from: number;
}

/**
 * Puts the next step in force. No change unless the rollout of `candidate` runs and stands at `from`: another server was
 * faster, or an operator ended it. Throws NOT_FOUND without the model.
 */
export function stepRollout(
  index: RepositoryIndex,
  { model: name, at, candidate, from }: StepRollout,
): RepositoryIndex {
  return editModel(index, name, (model) => {
    const old = runningRollout(model, candidate);
    if (old === undefined || old.step !== from || from + 1 >= old.steps.length) {
      return model;
    }
    const rollout: Rollout = { ...old, step: from + 1, stepSince: at };
    const reason = stepOf(rollout);
    return {
      ...withTarget(model, old.label, stepTarget(rollout, rollout.step), { at, event: 'stepped', reason }),
      rollout,
    };
  });
}

export interface EndRollout extends IndexEdit {
  readonly candidate: Version;
  /** `done`: the label is the candidate's from now on. `rolled_back`: it is the baseline's again. */
  readonly state: 'done' | 'rolled_back';
  /** For the history: `error rate 0.08 is above 0.01`. */
  readonly reason: string;
}

/** Ends a rollout. No change unless the one of `candidate` runs. Throws NOT_FOUND without the model. */
export function endRollout(index: RepositoryIndex, edit: EndRollout): RepositoryIndex {
  const { model: name, at, candidate, state, reason } = edit;
  return editModel(index, name, (model) => {
    const old = runningRollout(model, candidate);
    if (old === undefined) {
      return model;
    }
    const moved =
      state === 'done'
        ? withTarget(model, old.label, candidate, { at, event: 'promoted', reason, from: old.baseline })
        : withTarget(model, old.label, old.baseline, { at, event: 'rolled_back', reason });
    return { ...moved, rollout: { ...old, state } };
  });
}

function runningRollout({ rollout }: IndexedModel, candidate: Version): Rollout | undefined {
  return rollout?.state === 'running' && rollout.candidate === candidate ? rollout : undefined;
}

function stepOf({ step, steps }: Rollout): string {
  return `step ${step + 1} of ${steps.length}, ${steps[step]} %`;
}

function checkSteps(steps: readonly number[]): void {
  const ascend = steps.every((step, i) => step > (steps[i - 1] ?? 0) && step <= 100);
  if (!ascend || steps.at(-1) !== 100 || steps.length > 100) {
    throw invalidArgument(`the steps [${steps.slice(0, 100)}] of a rollout must ascend from above 0 to 100`);
  }
}
