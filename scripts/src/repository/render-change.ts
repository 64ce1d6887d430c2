import { type HistoryEntry, versionsOf } from '@tensorfleet/repository';
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

/** `canary: 12 (95 %) 13 (5 %)` of a label, for people. */
export function shareText(target: Parameters<typeof versionsOf>[0]): string {
  if (typeof target === 'number') {
    return String(target);
  }
  const sum = [...target.values()].reduce((total, weight) => total + weight, 0);
  return versionsOf(target)
    .map((version) => `${version} (${formatShare((target.get(version) ?? 0) / sum)})`)
    .join(' ');
}

function formatShare(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(3))} %`;
}
