import { DEADLINE_MS, type LoadPoint, type Measurement } from './measure.ts';

const WIDTH = 960;
const HEIGHT = 400;
const PANEL = { width: 380, height: 250, top: 70 } as const;
const COLOURS = ['#2680c2', '#cf6f2e'] as const;
const MAX_LOAD = 5;
const MAX_GOODPUT = 1.2;
/** Of the latencies, milliseconds. */
const DECADES = [1, 10, 100, 1000, 10_000] as const;

/** Goodput and latency over offered load, as the text of an SVG file. */
export function plot(measurements: readonly Measurement[], caption: string): string {
  const goodput = panel(60, 'answers within 100 ms, of the capacity', goodputAxis());
  const latency = panel(540, 'latency of answers, ms: p50, dashed p99', latencyAxis());
  const lines = measurements.flatMap(({ capacity, points }, index) => {
    const colour = COLOURS[index] ?? '#1f2933';
    const good = (point: LoadPoint): number => goodputY(point.goodPerSecond / capacity);
    return [
      curve(60, points, good, colour),
      curve(540, points, ({ p50Ms }) => latencyY(p50Ms), colour),
      curve(540, points, ({ p99Ms }) => latencyY(p99Ms), colour, 'stroke-dasharray="5 4"'),
    ];
  });
  const legend = measurements.map(({ name }, index) => {
    const x = 60 + index * 300;
    const line = `<path d="M${x} 24h26" stroke="${COLOURS[index]}" stroke-width="2.5"/>`;
    return `${line}<text x="${x + 34}" y="29">${name}</text>`;
  });
  const text = `Goodput and latency over offered load, for ${measurements.map(({ name }) => name).join(' and ')}.`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13" role="img" aria-label="${text}">`,
    '  <style>text { fill: #1f2933 } .note { font-size: 12px; fill: #52606d } path { fill: none }</style>',
    `  <rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    ...[...legend, goodput, latency, ...lines].map((line) => `  ${line}`),
    `  <text x="60" y="${HEIGHT - 12}" class="note">${caption}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function loadX(left: number, load: number): number {
  return left + (load / MAX_LOAD) * PANEL.width;
}

function goodputY(fraction: number): number {
  return PANEL.top + PANEL.height * (1 - Math.min(fraction, MAX_GOODPUT) / MAX_GOODPUT);
}

function latencyY(ms: number): number {
  const [first, last] = [Math.log10(DECADES[0]), Math.log10(DECADES[4])];
  const place = (Math.log10(Math.max(ms, DECADES[0])) - first) / (last - first);
  return PANEL.top + PANEL.height * (1 - Math.min(place, 1));
}

function goodputAxis(): readonly (readonly [y: number, label: string])[] {
  return [0, 0.25, 0.5, 0.75, 1].map((fraction) => [goodputY(fraction), `${fraction * 100} %`]);
}

function latencyAxis(): readonly (readonly [y: number, label: string])[] {
  return DECADES.map((ms) => [latencyY(ms), ms === DEADLINE_MS ? 'deadline' : String(ms)]);
}

function panel(left: number, title: string, axis: readonly (readonly [y: number, label: string])[]): string {
  const bottom = PANEL.top + PANEL.height;
  const rows = axis.map(
    ([y, label]) =>
      `<path d="M${left} ${y.toFixed(1)}h${PANEL.width}" stroke="#e4e7eb"/>` +
      `<text x="${left - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end" class="note">${label}</text>`,
  );
  const columns = [0.5, 1, 2, 3, 4, 5].map(
    (load) => `<text x="${loadX(left, load)}" y="${bottom + 18}" text-anchor="middle" class="note">${load}×</text>`,
  );
  const heading = `<text x="${left}" y="${PANEL.top - 14}">${title}</text>`;
  const below = `<text x="${left + PANEL.width / 2}" y="${bottom + 38}" text-anchor="middle" class="note">offered load, of the capacity</text>`;
  return [heading, ...rows, ...columns, below].join('\n  ');
}

function curve(
  left: number,
  points: readonly LoadPoint[],
  y: (point: LoadPoint) => number,
  colour: string,
  style = '',
): string {
  const places = points
    .filter((point) => Number.isFinite(y(point)))
    .map((point) => `${loadX(left, point.load).toFixed(1)} ${y(point).toFixed(1)}`);
  return `<path d="M${places.join('L')}" stroke="${colour}" stroke-width="2.5" ${style}/>`;
}
