import { renderTable } from '../terminal/table.ts';
import type { Colours } from '../terminal/terminal.ts';
import { METRICS, type Metric, type Sample } from './bench-case.ts';
import type { MachineFacts } from './machine.ts';
import type { CaseRun } from './run-case.ts';
import { median, type Summary, summarise } from './statistics.ts';

/** One metric of one case. */
export interface Finding {
  readonly name: string;
  readonly metric: Metric;
  readonly ours: number;
  /** Undefined without a comparison, as `gain`. */
  readonly theirs: number | undefined;
  /** How many times better ours is than theirs, of the rounds' own ratios. */
  readonly gain: Summary | undefined;
  /** The gain below which it loses. */
  readonly goal: number;
  readonly against: string;
}

/** The metrics of a case, in the order of METRICS. */
export function findingsOf(run: CaseRun): readonly Finding[] {
  const metrics = (Object.keys(METRICS) as Metric[]).filter((metric) => run.ours[0]?.[metric] !== undefined);
  return metrics.map((metric) => {
    const ours = valuesOf(run.ours, metric);
    const theirs = valuesOf(run.theirs, metric);
    const isCompared = theirs.length > 0;
    return {
      name: run.name,
      metric,
      ours: median(ours),
      theirs: isCompared ? median(theirs) : undefined,
      gain: isCompared ? summarise(gainsOf(metric, ours, theirs)) : undefined,
      goal: run.goal,
      against: run.against,
    };
  });
}

function valuesOf(samples: readonly Sample[], metric: Metric): readonly number[] {
  return samples.flatMap((sample) => sample[metric] ?? []);
}

function gainsOf(metric: Metric, ours: readonly number[], theirs: readonly number[]): readonly number[] {
  return ours.map((value, round) => {
    const other = theirs[round] ?? Number.NaN;
    return METRICS[metric] === 'less' ? other / value : value / other;
  });
}

export function renderMachine({ cpu, cores, load, node, commit }: MachineFacts): string {
  return `${cpu}, ${cores} cores, load ${load.toFixed(1)} at the start; Node ${node}; commit ${commit}`;
}

/** A table of all findings, and which of them lose. */
export function renderFindings(findings: readonly Finding[], colours: Colours): string {
  const columns = [
    { title: 'case' },
    { title: 'metric' },
    { title: 'ours', align: 'right' },
    { title: 'theirs', align: 'right' },
    { title: 'gain', align: 'right' },
    { title: 'min–max', align: 'right' },
    { title: 'goal', align: 'right' },
    { title: 'theirs is' },
  ] as const;
  const rows = findings.map(({ name, metric, ours, theirs, gain, goal, against }) => [
    name,
    metric,
    digits(ours),
    theirs === undefined ? '-' : digits(theirs),
    gain === undefined
      ? '-'
      : { text: `${gain.median.toFixed(2)}×`, style: gain.median < goal ? colours.red : colours.green },
    gain === undefined ? '-' : `${gain.min.toFixed(2)}–${gain.max.toFixed(2)}`,
    gain === undefined ? '-' : goal.toFixed(2),
    against,
  ]);
  return `${renderTable(columns, rows, colours)}\n\n${renderLosses(findings)}`;
}

function renderLosses(findings: readonly Finding[]): string {
  const losses = findings.filter(({ gain, goal }) => gain !== undefined && gain.median < goal);
  const names = losses.map(({ name, metric }) => `${name} (${metric})`);
  return names.length === 0 ? 'No case loses.' : `Losing: ${names.join(', ')}.`;
}

/** Three significant digits, no exponent. */
function digits(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-GB', { maximumFractionDigits: 3 });
}
