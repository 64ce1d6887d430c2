/** A tensor on its way between processes. */
export interface SideTensor {
  readonly name: string;
  readonly dtype: 'FP32' | 'INT32';
  readonly shape: readonly number[];
  /** Little-endian, in base64. */
  readonly data: string;
}

/** What a side of a contest can be told to do, and what it answers; one JSON object per line, one answer for each. */
export interface SideCalls {
  /** Opens a SavedModel's directory, or an ONNX file. */
  readonly load: { readonly request: { readonly path: string }; readonly answer: { readonly durationMs: number } };
  /** Takes these inputs for all runs to come, and runs once. */
  readonly feed: {
    readonly request: { readonly inputs: readonly SideTensor[] };
    readonly answer: { readonly outputs: readonly SideTensor[]; readonly durationMs: number };
  };
  /** Runs for so long. */
  readonly sample: {
    readonly request: { readonly durationMs: number };
    readonly answer: { readonly p50Micros: number };
  };
  /** Converts and loads nothing; ours only. `peakBytes` is what the process held at most. */
  readonly convert: {
    readonly request: { readonly path: string };
    readonly answer: { readonly output: string; readonly peakBytes: number };
  };
}

export type SideAction = keyof SideCalls;
export type SideRequest = { readonly [A in SideAction]: { readonly action: A } & SideCalls[A]['request'] }[SideAction];
/** The first line of a side, once it has imported what it needs, is an empty answer. */
export type SideAnswer = { readonly error: string } | object;
