import type { KeyRecord, Quota } from '@tensorfleet/functions';
import { type Cell, renderTable } from '../terminal/table.ts';
import type { Colours } from '../terminal/terminal.ts';

/** What a key is at this moment. */
export function stateOf({ revokedAt, expiresAt, secrets }: KeyRecord, now: Date): string {
  if (revokedAt !== undefined) {
    return 'revoked';
  }
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime()) {
    return 'expired';
  }
  return secrets.length > 1 ? 'rotating' : 'live';
}

export function renderKeys(records: readonly KeyRecord[], now: Date, colours: Colours): string {
  const rows = records.map((record): readonly Cell[] => {
    const state = stateOf(record, now);
    const style = state === 'live' ? colours.green : state === 'rotating' ? colours.yellow : colours.dim;
    const scopes = record.scopes.map(({ models, actions }) => `${actions.join(',')} on ${models.join(',')}`);
    const expires = record.expiresAt?.slice(0, 10) ?? '';
    return [record.id, record.name, { text: state, style }, scopes.join('; '), quotaText(record.quota), expires];
  });
  const titles = ['id', 'name', 'state', 'scopes', 'quota', 'expires'];
  return renderTable(
    titles.map((title) => ({ title })),
    rows,
    colours,
  );
}

/** Each action with the models it is allowed on, and the quota. */
export function renderScopes({ scopes, quota }: KeyRecord, colours: Colours): string {
  const rows = scopes.flatMap(({ models, actions }) =>
    actions.map((action): readonly Cell[] => [action, models.join(', ')]),
  );
  const table = renderTable([{ title: 'action' }, { title: 'models' }], rows, colours);
  return `${table}\nquota: ${quotaText(quota) || 'none of its own'}`;
}

function quotaText({ perSecond, perMinute, perDay }: Quota = {}): string {
  return [
    ...(perSecond === undefined ? [] : [`${perSecond}/s`]),
    ...(perMinute === undefined ? [] : [`${perMinute}/min`]),
    ...(perDay === undefined ? [] : [`${perDay}/day`]),
  ].join(' ');
}
