import { failedPrecondition, notFound, type Version } from '@tensorfleet/core';
import { type LabelTarget, STABLE } from '../format/model-routing.ts';
import type { HistoryEntry, IndexedModel, RepositoryIndex } from '../format/repository-index.ts';
import { editModel, type IndexEdit, requireVersion, wasMade } from './edit-model.ts';
import { formatTarget, withTarget } from './label-target.ts';
import { endRollout } from './rollout-edits.ts';

export interface Rollback extends IndexEdit {
  /** Default: `stable`. */
  readonly label?: string;
  /** Default: the version that the label stood for before it got the one that it has. */
  readonly to?: Version;
  /** For the history: why. */
  readonly reason?: string;
}

/**
 * Lets a label go back. While a rollout moves it, that ends with its baseline. A second rollback goes one version further
 * back; the same one with the same `at` is no change, so that a writer whose answer was lost does not go back twice.
 *
 * Throws NOT_FOUND when the model has no such label, FAILED_PRECONDITION when the history knows no version before, or
 * the version is retired.
 */
export function rollback(index: RepositoryIndex, edit: Rollback): RepositoryIndex {
  const { model: name, label = STABLE, to, at, reason = 'rolled back by hand' } = edit;
  const rollout = index.models.get(name)?.rollout;
  if (rollout?.state === 'running' && rollout.label === label && (to ?? rollout.baseline) === rollout.baseline) {
    return endRollout(index, { model: name, at, candidate: rollout.candidate, state: 'rolled_back', reason });
  }
  return editModel(index, name, (model) => {
    const target = model.labels.get(label);
    if (wasMade(model, { at, event: 'rolled_back', label })) {
      return model;
    }
    if (target === undefined) {
      throw notFound(`model "${name}" has no label "${label}"`, { model: name, label });
    }
    const version = to ?? versionBefore(model.history, label, target);
    if (version === undefined) {
      const reason = `label "${label}" of model "${name}" is ${formatTarget(target)}`;
      throw failedPrecondition(`${reason}, and its history knows no version before`, { model: name, label });
    }
    if (version === target) {
      return model;
    }
    requireVersion(name, model, version);
    const moved = withTarget(model, label, version, { at, event: 'rolled_back', reason });
    return isMoving(model, label) ? { ...moved, rollout: { ...model.rollout, state: 'rolled_back' } } : moved;
  });
}

function isMoving(model: IndexedModel, label: string): model is IndexedModel & Required<Pick<IndexedModel, 'rollout'>> {
  return model.rollout?.state === 'running' && model.rollout.label === label;
}

/**
 * The version that the label stood for alone before it got `target`. A rollback itself is no line to go back to: two of
 * them go back twice, not there and back.
 */
function versionBefore(history: readonly HistoryEntry[], label: string, target: LabelTarget): Version | undefined {
  const moves = history.filter((entry) => entry.label === label && FORWARD.has(entry.event));
  const last = typeof target === 'number' ? moves.findLastIndex((entry) => entry.version === target) : moves.length - 1;
  return moves.slice(0, last + 1).findLast(({ from }) => from !== undefined && from !== target)?.from;
}

const FORWARD: ReadonlySet<HistoryEntry['event']> = new Set(['labelled', 'promoted']);
