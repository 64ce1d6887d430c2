/** What one version did over the last `windowSeconds` of a rollout. */
export interface VersionWindow {
  /** Those that were answered, and those that failed by no mistake of their callers. */
  readonly requests: number;
  /** Those of `requests` that failed. */
  readonly failures: number;
  /** Beside `requests`: refused as the mistakes of their callers. */
  readonly refusals: number;
  /** Milliseconds, of those that were answered; undefined without any. */
  readonly p99Ms: number | undefined;
}

/** What is known when a rollout is decided about. */
export interface RolloutWindow {
  readonly candidate: VersionWindow;
  readonly baseline: VersionWindow;
  /** Requests that both versions have answered, and those of them whose answers differ. */
  readonly comparisons: number;
  readonly disagreements: number;
}
