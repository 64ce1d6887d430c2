import { open } from 'node:fs/promises';

/** Longest file that is searched; larger models are slow to load and get a worker anyway. */
const MAX_SEARCHED_BYTES = 16 * 1024 * 1024;

/** NodeProto.op_type (field 4, length-delimited) naming an operator that repeats part of the graph. */
const LOOP_OPS = ['Loop', 'Scan'].map((op) => Buffer.from(`\x22${String.fromCharCode(op.length)}${op}`));

/**
 * Whether an ONNX file may contain loops, so that its cost depends on the values of its inputs.
 * Searches for the encoded operator names instead of decoding the graph: weights that happen to hold
 * the same bytes only make the answer a careful `true`, and so does a file too large to search.
 */
export async function mayLoop(path: string): Promise<boolean> {
  await using file = await open(path);
  const { size } = await file.stat();
  if (size > MAX_SEARCHED_BYTES) {
    return true;
  }
  const bytes = await file.readFile();
  return LOOP_OPS.some((op) => bytes.includes(op));
}
