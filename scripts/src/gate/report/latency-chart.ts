import type { Histogram } from '../findings/histogram.ts';
import { html, type Markup } from './markup.ts';

export interface LatencyChart {
  readonly latencies: Histogram<'candidate' | 'baseline'>;
  /** Milliseconds; drawn as lines. Undefined where nothing was answered. */
  readonly p99: { readonly candidate: number | undefined; readonly baseline: number | undefined };
  /** How the two are called. */
  readonly names: { readonly candidate: string; readonly baseline: string };
}

const WIDTH = 720;
const HEIGHT = 260;
const PLOT = { left: 48, right: 704, top: 46, bottom: 212 } as const;
/** Horizontal lines above the base. */
const RULES = 4;

/** How latencies are distributed: the candidate as filled bars, the serving version as a line around its own. */
export function latencyChart({ latencies, p99, names }: LatencyChart): Markup {
  const { edges, counts } = latencies;
  const candidate = sharesOf(counts.candidate);
  const baseline = sharesOf(counts.baseline);
  const most = niceShare(Math.max(...candidate, ...baseline));
  const place = placer(edges);
  const y = (share: number): number => PLOT.bottom - (share / most) * (PLOT.bottom - PLOT.top);
  const hasBaseline = baseline.some((share) => share > 0);
  const marks = [
    ...marksOf('candidate', p99.candidate, names.candidate, place, 14),
    ...marksOf('baseline', hasBaseline ? p99.baseline : undefined, names.baseline, place, 32),
  ];
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="latency-title latency-text">
<title id="latency-title">Latency of the answered requests</title>
<desc id="latency-text">${describe(p99, names)}</desc>
${rules(most, y)}
<path class="candidate-bars" d="${bars(edges, candidate, place, y)}"/>
${hasBaseline ? html`<path class="baseline-line" d="${outline(edges, baseline, place, y)}"/>` : undefined}
${marks.map(({ side, at, y }) => html`<path class="${side}-mark" d="M${fixed(at)} ${y - 10}V${PLOT.bottom}"/>`)}
${marks.map(markText)}
${ticks(edges, place)}
<text class="note" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">latency in milliseconds, logarithmic</text>
</svg>`;
}

function describe(p99: LatencyChart['p99'], names: LatencyChart['names']): string {
  const parts = (['candidate', 'baseline'] as const).flatMap((side) => {
    const value = p99[side];
    return value === undefined ? [] : [`${names[side]}: 99 % of the answers within ${formatTick(value)} ms.`];
  });
  return `Share of the answers by latency. ${parts.join(' ')}`;
}

function sharesOf(counts: readonly number[]): readonly number[] {
  const sum = counts.reduce((total, count) => total + count, 0);
  return counts.map((count) => (sum === 0 ? 0 : count / sum));
}

/** The end of the share's axis: four rules at round percentages. */
function niceShare(most: number): number {
  const step = [0.01, 0.02, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25].find((each) => each * RULES >= most);
  return (step ?? 0.25) * RULES;
}

/** Latencies on a logarithmic axis; none is outside it. */
function placer(edges: readonly number[]): Place {
  const low = edges[0] ?? 1;
  const high = edges.at(-1) ?? 1;
  const scale = (PLOT.right - PLOT.left) / Math.log(high / low);
  return (ms) => PLOT.left + Math.log(Math.min(high, Math.max(low, ms)) / low) * scale;
}

type Place = (value: number) => number;

function bars(edges: readonly number[], shares: readonly number[], x: Place, y: Place): string {
  return shares
    .map((share, i) => {
      const left = fixed(x(edges[i] ?? 1) + 0.5);
      const right = fixed(x(edges[i + 1] ?? 1) - 0.5);
      return share === 0 ? '' : `M${left} ${PLOT.bottom}V${fixed(y(share))}H${right}V${PLOT.bottom}Z`;
    })
    .join('');
}

function outline(edges: readonly number[], shares: readonly number[], x: Place, y: Place): string {
  const steps = shares.map((share, i) => `V${fixed(y(share))}H${fixed(x(edges[i + 1] ?? 1))}`);
  return `M${PLOT.left} ${PLOT.bottom}${steps.join('')}V${PLOT.bottom}`;
}

function rules(most: number, y: Place): readonly Markup[] {
  return Array.from({ length: RULES + 1 }, (_, i) => {
    const share = (most * i) / RULES;
    const place = fixed(y(share));
    return html`<path class="${i === 0 ? 'axis' : 'rule'}" d="M${PLOT.left} ${place}H${PLOT.right}"/><text class="note" x="${PLOT.left - 8}" y="${fixed(y(share) + 4)}" text-anchor="end">${Number((share * 100).toFixed(1))} %</text>`;
  });
}

/** A line at a latency, and what stands beside its upper end. */
interface Mark {
  readonly side: 'candidate' | 'baseline';
  readonly text: string;
  readonly at: number;
  readonly y: number;
}

function marksOf(side: Mark['side'], ms: number | undefined, name: string, x: Place, y: number): readonly Mark[] {
  return ms === undefined ? [] : [{ side, text: `p99 ${name}: ${formatTick(ms)} ms`, at: x(ms), y }];
}

/** Towards the middle, so that it stays in the picture. */
function markText({ text, at, y }: Mark): Markup {
  const isRight = at > (PLOT.left + PLOT.right) / 2;
  return html`<text class="mark" x="${fixed(at + (isRight ? -6 : 6))}" y="${y}" text-anchor="${isRight ? 'end' : 'start'}">${text}</text>`;
}

/** At 1, 2 and 5 times powers of ten, as far as they lie between the edges. */
function ticks(edges: readonly number[], x: Place): readonly Markup[] {
  const low = edges[0] ?? 1;
  const high = edges.at(-1) ?? 1;
  const marks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    marks.push(...[1, 2, 5].map((digit) => Number(`${digit}e${power}`)));
  }
  const inside = marks.filter((mark) => mark >= low * 0.999 && mark <= high * 1.001);
  const shown = inside.length === 0 ? [low] : inside;
  return shown.map(
    (mark) =>
      html`<path class="axis" d="M${fixed(x(mark))} ${PLOT.bottom}v5"/><text class="note" x="${fixed(x(mark))}" y="${PLOT.bottom + 20}" text-anchor="middle">${formatTick(mark)}</text>`,
  );
}

function formatTick(ms: number): string {
  return String(Number(ms.toPrecision(3)));
}

function fixed(value: number): string {
  return value.toFixed(1);
}
