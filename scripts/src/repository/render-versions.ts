import type { Version } from '@tensorfleet/core';
import { type IndexedModel, type ModelRouting, STABLE, versionsOf } from '@tensorfleet/repository';
import { formatBytes, formatDate, formatDateTime } from '../terminal/format.ts';
import { oneLine, renderTable } from '../terminal/table.ts';
import type { Colours } from '../terminal/terminal.ts';
import type { ListedModel, ListedVersion, VersionState } from './listed-version.ts';
import { shareIn, shareText } from './render-change.ts';

/** A row per version, newest first; then what moves, and what is wrong. At most 80 columns for common labels. */
export function renderVersions({ name, versions, indexed }: ListedModel, colours: Colours): string {
  const labels = labelsByVersion(indexed);
  const columns = [
    { title: 'version', align: 'right' },
    { title: 'state' },
    { title: 'size', align: 'right' },
    { title: 'published' },
    { title: 'labels' },
    { title: 'metrics' },
  ] as const;
  const rows = versions.map(({ version, state, bytes, publishedAt, metrics }) => [
    String(version),
    { text: state, style: styleOf(state, colours) },
    bytes === undefined ? '' : formatBytes(bytes),
    publishedAt === undefined ? '' : formatDate(new Date(publishedAt)),
    (labels.get(version) ?? []).join(', '),
    metricsText(metrics),
  ]);
  const notes = [...rolloutLines(indexed, colours), ...versions.flatMap((each) => noteOf(name, each, colours))];
  return [renderTable(columns, rows, colours), ...notes].join('\n');
}

/** A row per model. */
export function renderModels(models: readonly ListedModel[], colours: Colours): string {
  const columns = [
    { title: 'model' },
    { title: 'versions', align: 'right' },
    { title: 'newest', align: 'right' },
    { title: 'size', align: 'right' },
    { title: 'labels' },
    { title: 'not served' },
  ] as const;
  const rows = models.map(({ name, versions, indexed }) => {
    const published = versions.filter(({ state }) => state === 'published');
    const known = published.map(({ bytes }) => bytes).filter((bytes) => bytes !== undefined);
    return [
      name,
      String(published.length),
      String(published[0]?.version ?? ''),
      known.length === 0 ? '' : formatBytes(known.reduce((sum, bytes) => sum + bytes, 0)),
      labelsText(indexed),
      { text: notServedText(versions), style: colours.yellow },
    ];
  });
  return renderTable(columns, rows, colours);
}

/** Newest first. */
export function renderHistory(indexed: IndexedModel | undefined, colours: Colours): string {
  if (indexed === undefined || indexed.history.length === 0) {
    return 'no history: nothing has changed since the index began';
  }
  const columns = [{ title: 'when' }, { title: 'version', align: 'right' }, { title: 'event' }, { title: '' }] as const;
  const rows = indexed.history.toReversed().map(({ at, version, event, detail }) => [
    formatDateTime(new Date(at)),
    String(version),
    event.replaceAll('_', ' '),
    // A digest of 64 digits says nothing to people.
    event === 'published' ? '' : detail,
  ]);
  return renderTable(columns, rows, colours);
}

function styleOf(state: VersionState, colours: Colours): (text: string) => string {
  const styles: Readonly<Record<VersionState, (text: string) => string>> = {
    published: colours.green,
    uploading: colours.yellow,
    uploaded: colours.yellow,
    rejected: colours.red,
    retired: colours.dim,
  };
  return styles[state];
}

/** `stable`, `canary 5 %`, `shadow 10 %` by version. */
function labelsByVersion(routing: ModelRouting | undefined): ReadonlyMap<Version, readonly string[]> {
  const labels = new Map<Version, string[]>();
  const add = (version: Version, text: string): void => {
    labels.set(version, [...(labels.get(version) ?? []), text]);
  };
  for (const [label, target] of sortedLabels(routing)) {
    for (const version of versionsOf(target)) {
      add(version, typeof target === 'number' ? label : `${label} ${shareIn(target, version)}`);
    }
  }
  if (routing?.shadow !== undefined) {
    add(routing.shadow.version, `shadow ${routing.shadow.percent}%`);
  }
  return labels;
}

function sortedLabels(routing: ModelRouting | undefined): [string, Parameters<typeof versionsOf>[0]][] {
  return [...(routing?.labels ?? [])].toSorted(
    ([a], [b]) => Number(b === STABLE) - Number(a === STABLE) || (a < b ? -1 : 1),
  );
}

function labelsText(routing: ModelRouting | undefined): string {
  const labels = sortedLabels(routing).map(([label, target]) => `${label} ${shareText(target)}`);
  const shadow = routing?.shadow === undefined ? [] : [`shadow ${routing.shadow.version}`];
  return [...labels, ...shadow].join(', ');
}

/** Versions that servers do not see. */
function notServedText(versions: readonly ListedVersion[]): string {
  const counts = Map.groupBy(versions, ({ state }) => state);
  return (['uploading', 'uploaded', 'rejected', 'retired'] as const)
    .flatMap((state) => (counts.has(state) ? [`${counts.get(state)?.length} ${state}`] : []))
    .join(', ');
}

const MAX_METRICS = 1;

function metricsText(metrics: ListedVersion['metrics']): string {
  const all = Object.entries(metrics ?? {});
  const shown = all.slice(0, MAX_METRICS).map(([name, value]) => `${name} ${Number(value.toPrecision(3))}`);
  return [...shown, ...(all.length > MAX_METRICS ? [`+${all.length - MAX_METRICS}`] : [])].join(' ');
}

function rolloutLines(indexed: IndexedModel | undefined, colours: Colours): readonly string[] {
  const { rollout } = indexed ?? {};
  if (rollout?.state !== 'running') {
    return [];
  }
  const { label, baseline, candidate, step, steps, stepSince } = rollout;
  const since = formatDateTime(new Date(stepSince));
  const where = `step ${step + 1} of ${steps.length}, ${steps[step]} % since ${since}`;
  return ['', `${colours.bold('rollout')} of ${oneLine(label)}: ${baseline} -> ${candidate}, ${where}`];
}

function noteOf(name: string, { version, state, reason }: ListedVersion, colours: Colours): readonly string[] {
  return state === 'rejected' && reason !== undefined
    ? ['', `${colours.red('rejected')} ${oneLine(name)}/${version}: ${oneLine(reason)}`]
    : [];
}

/** What `--json` prints. */
export function modelToJson({ name, versions, indexed }: ListedModel): unknown {
  return {
    model: name,
    versions: versions.map(({ publishedAt, ...version }) => ({
      ...version,
      ...(publishedAt !== undefined && { published: new Date(publishedAt).toISOString() }),
    })),
    labels: Object.fromEntries(
      [...(indexed?.labels ?? [])].map(([label, target]) => [
        label,
        typeof target === 'number' ? target : Object.fromEntries(target),
      ]),
    ),
    shadow: indexed?.shadow ?? null,
    rollout: indexed?.rollout ?? null,
    history: (indexed?.history ?? []).map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() })),
  };
}
