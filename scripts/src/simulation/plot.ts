import type { Minute } from './simulate.ts';

/** One scenario under a rule. */
export interface PlottedRun {
  readonly title: string;
  readonly timeline: readonly Minute[];
}

const WIDTH = 960;
const PANEL = { width: 400, height: 170, left: 50, gapX: 70, top: 70, gapY: 90 } as const;
const COLOURS = { load: '#9aa5b1', tasks: '#2680c2', turnedAway: '#cf6f2e' } as const;

/** Load, tasks and requests that were not answered over time, a panel for each run, as the text of an SVG file. */
export function plotRuns(runs: readonly PlottedRun[], caption: string): string {
  const rows = Math.ceil(runs.length / 2);
  const height = PANEL.top + rows * (PANEL.height + PANEL.gapY) + 10;
  const text = `Load, tasks and requests that were not answered over time: ${runs.map(({ title }) => title).join(', ')}.`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13" role="img" aria-label="${text}">`,
    '  <style>text { fill: #1f2933 } .note { font-size: 12px; fill: #52606d } path { fill: none }</style>',
    `  <rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `  ${legend()}`,
    ...runs.map((run, index) => `  ${panel(run, index)}`),
    `  <text x="${PANEL.left}" y="${height - 14}" class="note">${caption}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

const LEGEND = [
  ['load, in capacities of one task', COLOURS.load],
  ['tasks that run', COLOURS.tasks],
  ['not answered, of the worst minute', COLOURS.turnedAway],
] as const;

function legend(): string {
  return LEGEND.map(([name, colour], index) => {
    const x = PANEL.left + index * 270;
    return `<path d="M${x} 24h26" stroke="${colour}" stroke-width="2.5"/><text x="${x + 34}" y="29">${name}</text>`;
  }).join('');
}

function panel({ title, timeline }: PlottedRun, index: number): string {
  const left = PANEL.left + (index % 2) * (PANEL.width + PANEL.gapX);
  const top = PANEL.top + Math.floor(index / 2) * (PANEL.height + PANEL.gapY);
  const bottom = top + PANEL.height;
  const most = Math.max(...timeline.map(({ load, running }) => Math.max(load, running)), 1);
  const minutes = timeline.at(-1)?.minute ?? 1;
  const x = (minute: number): number => left + (minute / minutes) * PANEL.width;
  const y = (value: number): number => bottom - (value / most) * PANEL.height;
  const busiest = Math.max(...timeline.map(({ turnedAway }) => turnedAway), 1);
  const curve = (of: (minute: Minute) => number, colour: string): string => {
    const places = timeline.map((minute) => `${x(minute.minute).toFixed(1)} ${y(of(minute)).toFixed(1)}`);
    return `<path d="M${places.join('L')}" stroke="${colour}" stroke-width="2"/>`;
  };
  const rules = Array.from({ length: 3 }, (_, part) => {
    const value = (most * part) / 2;
    return `<path d="M${left} ${y(value).toFixed(1)}h${PANEL.width}" stroke="#e4e7eb"/><text x="${left - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end" class="note">${Number(value.toFixed(1))}</text>`;
  });
  return [
    `<text x="${left}" y="${top - 12}">${title}</text>`,
    ...rules,
    curve(({ load }) => load, COLOURS.load),
    curve(({ running }) => running, COLOURS.tasks),
    // Of the worst minute: how many they are is in the tables.
    curve(({ turnedAway }) => (most * turnedAway) / busiest, COLOURS.turnedAway),
    `<text x="${left}" y="${bottom + 18}" class="note">0</text>`,
    `<text x="${left + PANEL.width}" y="${bottom + 18}" text-anchor="end" class="note">${minutes.toFixed(0)} minutes</text>`,
  ].join('');
}
