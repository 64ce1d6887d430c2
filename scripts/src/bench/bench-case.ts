/** What a sample says, and which way is good. */
export const METRICS = {
  'ns/op': 'less',
  'ns/pixel': 'less',
  'tasks/s': 'more',
  'requests/s': 'more',
  'p50 µs': 'less',
  'p99 µs': 'less',
  'server CPU µs/request': 'less',
  'load ms': 'less',
  'first answer ms': 'less',
  'import ms': 'less',
  'process ms': 'less',
  'bundle kB': 'less',
  'MB/s': 'more',
  'MB before the kill': 'less',
  'received MB': 'less',
  'peak MB': 'less',
  'resident MB': 'less',
} as const;

export type Metric = keyof typeof METRICS;

/** What one side was measured to do in one round. */
export type Sample = Readonly<Partial<Record<Metric, number>>>;

/** The sides of a case, warmed up. */
export interface Contest extends AsyncDisposable {
  readonly ours: () => Promise<Sample>;
  /** Does the same job another way; undefined where there is nothing fair to compare with. */
  readonly theirs: (() => Promise<Sample>) | undefined;
}

export interface BenchCase {
  /** `area/operation/size`. */
  readonly name: string;
  /** What `theirs` is; `-` without one. */
  readonly against: string;
  /** The gain that it should have; default 1. */
  readonly goal?: number;
  /** In place of the rounds that are asked for, where one takes minutes. */
  readonly rounds?: number;
  /** Why it cannot be measured here; undefined when it can. */
  readonly skipReason?: () => string | undefined;
  readonly open: () => Promise<Contest>;
}
