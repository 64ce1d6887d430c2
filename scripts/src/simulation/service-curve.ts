/** How long batches take: milliseconds by rows, ascending; linear in between and beyond. */
export type ServiceCurve = readonly (readonly [rows: number, ms: number])[];

export function batchMs(curve: ServiceCurve, rows: number): number {
  const found = curve.findIndex(([size]) => size >= rows);
  const above = Math.max(found === -1 ? curve.length - 1 : found, 1);
  const [lowRows, lowMs] = curve[above - 1] ?? [1, 0];
  const [highRows, highMs] = curve[above] ?? [lowRows + 1, lowMs];
  return lowMs + ((highMs - lowMs) * (rows - lowRows)) / (highRows - lowRows);
}

export function largestBatch(curve: ServiceCurve): number {
  return curve.at(-1)?.[0] ?? 1;
}

/** Rows per second of a task that always runs batches of the curve's largest size. */
export function capacityOf(curve: ServiceCurve): number {
  const [rows, ms] = curve.at(-1) ?? [1, 1];
  return (rows / ms) * 1000;
}

/** The same model with `factor` times the work. */
export function scaledCurve(curve: ServiceCurve, factor: number): ServiceCurve {
  return curve.map(([rows, ms]) => [rows, ms * factor] as const);
}
