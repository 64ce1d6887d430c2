import type { Version } from '@tensorfleet/core';
import { type HistoryEntry, type LabelTarget, type VersionWeights, versionsOf } from '@tensorfleet/repository';
import { oneLine } from '../terminal/table.ts';
import type { ChangedModel } from './change-index.ts';

/** One line per change: `mnist: stable 12 -> 13`. `already` says how it is when there was nothing to change. */
export function renderChange(name: string, { news }: ChangedModel, already: string): string {
  const lines = news.filter(({ event }) => event !== 'published').map(sentenceOf);
  return (lines.length === 0 ? [already] : lines).map((line) => oneLine(`${name}: ${line}`)).join('\n');
}

function sentenceOf({ event, version, detail }: HistoryEntry): string {
  return event === 'retired' ? `version ${version} is retired` : detail;
}

/** `12`, or `12 (95%) 13 (5%)` for shares. */
export function shareText(target: LabelTarget): string {
  return typeof target === 'number'
    ? String(target)
    : versionsOf(target)
        .map((version) => `${version} (${shareIn(target, version)})`)
        .join(' ');
}

/** `95%` */
export function shareIn(weights: VersionWeights, version: Version): string {
  const sum = [...weights.values()].reduce((total, weight) => total + weight, 0);
  return `${Number((((weights.get(version) ?? 0) / sum) * 100).toPrecision(3))}%`;
}
