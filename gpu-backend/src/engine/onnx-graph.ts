import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Longest file that is searched; larger models are slow to load and get a worker anyway. */
const MAX_SEARCHED_BYTES = 16 * 1024 * 1024;

/** NodeProto.op_type (field 4, length-delimited) naming an operator that repeats part of the graph. */
const LOOP_OPS = ['Loop', 'Scan'].map((op) => Buffer.from(`\x22${String.fromCharCode(op.length)}${op}`));

const LONGEST_OP = Math.max(...LOOP_OPS.map((op) => op.length));

/** The part of the file that is searched; the end of one part is the beginning of the next. */
const window = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Whether an ONNX file may contain loops, so that its cost depends on the values of its inputs.
 * Searches for the encoded operator names instead of decoding the graph: weights that happen to hold
 * the same bytes only make the answer a careful `true`, and so does a file too large to search.
 * Blocks the thread. Throws system errors.
 */
export function mayLoop(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    return fstatSync(file).size > MAX_SEARCHED_BYTES || holdsLoopOp(file);
  } finally {
    closeSync(file);
  }
}

function holdsLoopOp(file: number): boolean {
  let kept = 0;
  for (;;) {
    const read = readSync(file, window, kept, window.length - kept, null);
    if (read === 0) {
      return false;
    }
    const filled = window.subarray(0, kept + read);
    if (LOOP_OPS.some((op) => filled.includes(op))) {
      return true;
    }
    kept = Math.min(filled.length, LONGEST_OP - 1);
    filled.copyWithin(0, filled.length - kept);
  }
}
