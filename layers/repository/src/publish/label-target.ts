import { invalidArgument, type Version } from '@tensorfleet/core';
import { type LabelTarget, versionsOf } from '../format/model-routing.ts';
import type { HistoryEntry, IndexedModel } from '../format/repository-index.ts';
import { withHistory } from './edit-model.ts';

const MAX_LABEL_LENGTH = 256;

/** Throws INVALID_ARGUMENT unless a label may have this name: it is one part of a URL's path, and a key of JSON. */
export function checkLabel(label: string): void {
  if (!/^[^/:\p{Cc}]+$/u.test(label) || label.length > MAX_LABEL_LENGTH || label === '__proto__') {
    const shown = JSON.stringify(label.slice(0, 80));
    const limit = `1 to ${MAX_LABEL_LENGTH} characters without "/", ":" and control characters`;
    throw invalidArgument(`${shown} is no name of a label: ${limit}`);
  }
}

export interface LabelMove extends Pick<HistoryEntry, 'at' | 'event' | 'from'> {
  /** For people, after what was moved where. */
  readonly reason?: string;
}

/**
 * The model with a label that stands for something else, and the line of history that says so. `from` of the line is the
 * one version that the label stands for now, if there is no other one to go back to.
 */
export function withTarget(
  model: IndexedModel,
  label: string,
  target: LabelTarget,
  { reason, ...move }: LabelMove,
): IndexedModel {
  const old = model.labels.get(label);
  const moved = `${label} ${old === undefined ? '' : `${formatTarget(old)} `}-> ${formatTarget(target)}`;
  const detail = reason === undefined ? moved : `${moved}: ${reason}`;
  const labels = new Map(model.labels).set(label, target);
  const entry = { version: newestOf(target), detail, label, ...soleVersion(old), ...move };
  return withHistory({ ...model, labels }, entry);
}

/** `13`, or `12 (95) 13 (5)` for weights. Equal targets have equal texts. */
export function formatTarget(target: LabelTarget): string {
  return typeof target === 'number'
    ? String(target)
    : [...target].map(([version, weight]) => `${version} (${weight})`).join(' ');
}

/** The highest version that a target names: the one that a line of history about it is about. */
export function newestOf(target: LabelTarget): Version {
  return versionsOf(target).reduce((highest, version) => (version > highest ? version : highest));
}

/** A history entry's `from` where a label has stood for `target`: weights are nothing that a rollback goes back to. */
export function soleVersion(target: LabelTarget | undefined): { readonly from?: Version } {
  return typeof target === 'number' ? { from: target } : {};
}
