import type { z } from 'zod';
import type { GateFile } from './gate-schema.ts';
import { METRIC_FACTS, METRICS, type Metric } from './metrics.ts';

type Context = Pick<z.core.$RefinementCtx, 'addIssue'>;
type Path = readonly (string | number)[];

/** What the keys of a gate demand of each other; every rule that is broken is an issue at the key that breaks it. */
export function refineGate(gate: GateFile, context: Context): void {
  const say = (path: Path, message: string): void => context.addIssue({ code: 'custom', path: [...path], message });
  refineData(gate.data, say);
  refineBounds(gate, say);
  refineOptimising(gate, say);
  for (const [metric, path] of metricsIn(gate)) {
    const wanted = wantOf(metric, gate);
    if (wanted !== undefined) {
      say(path, wanted);
    }
  }
  if (metricsIn(gate).length === 0) {
    say(['gating'], 'must have a metric, or there must be an optimising one');
  }
}

type Say = (path: Path, message: string) => void;

function refineData({ images, labels, inputs, targets, equal_within: within }: GateFile['data'], say: Say): void {
  if (inputs === undefined) {
    if (targets !== undefined) {
      say(['data', 'targets'], 'needs inputs as well');
    }
    if (within !== undefined) {
      say(['data', 'equal_within'], 'is for inputs, labels are equal or are not');
    }
    return;
  }
  if (images !== undefined || labels !== undefined) {
    say(['data'], 'must have images and labels or inputs and targets, not both');
  }
}

function refineBounds({ gating, baseline }: GateFile, say: Say): void {
  for (const metric of METRICS) {
    const bounds = gating[metric];
    const { most, better } = METRIC_FACTS[metric];
    for (const key of ['max', 'min'] as const) {
      if (most !== undefined && (bounds?.[key] ?? 0) > most) {
        say(['gating', metric, key], `must be at most ${most}`);
      }
    }
    const wrong = better === 'lower' ? 'min' : 'max';
    if (bounds?.[wrong] !== undefined) {
      say(
        ['gating', metric, wrong],
        `${metric} is better when it is ${better}: give ${wrong === 'min' ? 'max' : 'min'}`,
      );
    }
    if (bounds?.max_ratio !== undefined && (baseline === 'none' || better === 'higher')) {
      const why = better === 'higher' ? `${metric} has no such bound` : 'there is no baseline to relate it to';
      say(['gating', metric, 'max_ratio'], why);
    }
  }
}

function refineOptimising({ optimising, baseline }: GateFile, say: Say): void {
  if (optimising === undefined) {
    return;
  }
  if (baseline === 'none') {
    say(['optimising'], 'compares with the baseline, which is none');
  }
  if (optimising.metric === 'agreement') {
    say(['optimising', 'metric'], 'agreement is of both versions together, so neither is better');
  }
}

function metricsIn({ gating, optimising }: GateFile): readonly (readonly [Metric, Path])[] {
  const gated = METRICS.filter((metric) => gating[metric] !== undefined);
  return [
    ...gated.map((metric) => [metric, ['gating', metric]] as const),
    ...(optimising === undefined ? [] : [[optimising.metric, ['optimising', 'metric']] as const]),
  ];
}

/** What the gate lacks for this metric to be measured; undefined for nothing. */
function wantOf(metric: Metric, { data, server, baseline }: GateFile): string | undefined {
  switch (metric) {
    case 'error_rate':
      return data.inputs === undefined ? undefined : 'needs data with images and labels';
    case 'mean_absolute_error':
    case 'mean_squared_error':
      return data.targets === undefined ? 'needs data with inputs and targets' : undefined;
    case 'agreement':
      return baseline === 'none' ? 'needs a baseline' : undefined;
    case 'memory_bytes':
      return server === 'local' ? undefined : 'needs server: local, a fleet does not tell';
    case 'failed_requests':
    case 'latency_p50_ms':
    case 'latency_p99_ms':
    case 'size_bytes':
      return undefined;
  }
}
