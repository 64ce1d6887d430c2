import { failedPrecondition, invalidArgument, type Version } from '@tensorfleet/core';
import { type LabelTarget, STABLE, type VersionWeights, versionsOf } from '../format/model-routing.ts';
import type { IndexedModel, RepositoryIndex } from '../format/repository-index.ts';
import { editModel, type IndexEdit, requireVersion, wasMade, withHistory } from './edit-model.ts';
import { checkLabel, formatTarget, newestOf, soleVersion, withTarget } from './label-target.ts';
import { endRollout } from './rollout-edits.ts';

export interface LabelEdit extends IndexEdit {
  readonly label: string;
}

export interface SetLabel extends LabelEdit {
  readonly version: Version;
}

export interface SetWeights extends LabelEdit {
  readonly weights: VersionWeights;
}

export interface Promote extends IndexEdit {
  readonly version: Version;
  /** Default: `stable`. */
  readonly label?: string;
}

const MAX_WEIGHT = 1_000_000;

/**
 * Lets a label stand for one version. No change when it does already.
 * Throws INVALID_ARGUMENT for a name that no label may have, NOT_FOUND for a version that the index does not have,
 * FAILED_PRECONDITION for a retired one and while a rollout moves the label.
 */
export function setLabel(index: RepositoryIndex, { version, ...edit }: SetLabel): RepositoryIndex {
  return moveLabel(index, edit, version, 'labelled');
}

/** Lets versions share a label's requests; one version alone is `setLabel`. Throws like it. */
export function setWeights(index: RepositoryIndex, { weights, ...edit }: SetWeights): RepositoryIndex {
  const wrong = [...weights].find(([, weight]) => !(weight > 0 && weight <= MAX_WEIGHT));
  if (wrong !== undefined) {
    throw invalidArgument(`version ${wrong[0]} has weight ${wrong[1]}, a weight is above 0 and at most ${MAX_WEIGHT}`);
  }
  const sorted = new Map([...weights].toSorted(([a], [b]) => a - b));
  const [only] = sorted.keys();
  if (only === undefined) {
    throw invalidArgument(`the weights of label "${edit.label}" name no version`);
  }
  return moveLabel(index, edit, sorted.size === 1 ? only : sorted, 'labelled');
}

/** Takes a label away; no change when there is none. Throws FAILED_PRECONDITION while a rollout moves it. */
export function removeLabel(index: RepositoryIndex, { model: name, label, at }: LabelEdit): RepositoryIndex {
  return editModel(index, name, (model) => {
    const target = model.labels.get(label);
    if (target === undefined || wasMade(model, { at, event: 'labelled', label, ending: '-> none' })) {
      return model;
    }
    refuseRolledOut(name, model, label);
    const labels = new Map([...model.labels].filter(([each]) => each !== label));
    const detail = `${label} ${formatTarget(target)} -> none`;
    const entry = { at, version: newestOf(target), event: 'labelled', detail, label, ...soleVersion(target) } as const;
    return withHistory({ ...model, labels }, entry);
  });
}

/**
 * Gives a label to a version, as `setLabel` does, and keeps in the history where a rollback goes. The candidate of the
 * rollout that moves the label takes all requests at once, and the rollout is done. Throws like `setLabel`.
 */
export function promote(index: RepositoryIndex, { version, label = STABLE, ...edit }: Promote): RepositoryIndex {
  const rollout = index.models.get(edit.model)?.rollout;
  if (rollout?.state === 'running' && rollout.label === label && rollout.candidate === version) {
    return endRollout(index, { ...edit, candidate: version, state: 'done', reason: 'promoted' });
  }
  return moveLabel(index, { ...edit, label }, version, 'promoted');
}

function moveLabel(
  index: RepositoryIndex,
  { model: name, label, at }: LabelEdit,
  target: LabelTarget,
  event: 'labelled' | 'promoted',
): RepositoryIndex {
  checkLabel(label);
  return editModel(index, name, (model) => {
    const old = model.labels.get(label);
    const isThere = old !== undefined && formatTarget(old) === formatTarget(target);
    if (isThere || wasMade(model, { at, event, label, ending: `-> ${formatTarget(target)}` })) {
      return model;
    }
    for (const version of versionsOf(target)) {
      requireVersion(name, model, version);
    }
    refuseRolledOut(name, model, label);
    return withTarget(model, label, target, { at, event });
  });
}

/** The steps of a rollout are the label's weights: whoever wants other ones ends it first. */
function refuseRolledOut(name: string, { rollout }: IndexedModel, label: string): void {
  if (rollout?.state === 'running' && rollout.label === label) {
    const { baseline, candidate } = rollout;
    const reason = `label "${label}" of model "${name}" is being rolled out from ${baseline} to ${candidate}`;
    throw failedPrecondition(`${reason}: promote ${candidate} or roll back first`, { model: name, label });
  }
}
