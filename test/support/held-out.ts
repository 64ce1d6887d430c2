import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { unzipSync } from 'fflate';

/** One held-out digit: 28 x 28 pixels, white on black. */
export interface Digit {
  readonly label: number;
  readonly pixels: Uint8Array;
}

const PATH = resolve(import.meta.dirname, '../../examples/mnist/held-out.npz');
const PIXELS = 28 * 28;
/** NumPy's header of a small one-dimensional or three-dimensional array. */
const NPY_HEADER_BYTES = 128;

/** The 1,000 held-out digits in the file's order. */
export async function readHeldOut(): Promise<readonly Digit[]> {
  const files = unzipSync(await readFile(PATH));
  const images = files['images.npy']?.subarray(NPY_HEADER_BYTES) ?? new Uint8Array();
  const labels = files['labels.npy']?.subarray(NPY_HEADER_BYTES) ?? new Uint8Array();
  return Array.from(labels, (label, index) => {
    return { label, pixels: images.subarray(index * PIXELS, (index + 1) * PIXELS) };
  });
}
