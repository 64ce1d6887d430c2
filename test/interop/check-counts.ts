/** What a part of the interop checks found. */
export interface CheckCounts {
  readonly passed: number;
  readonly failed: number;
}
