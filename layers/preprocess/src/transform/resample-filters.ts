export type ResampleFilter = 'bilinear' | 'bicubic' | 'lanczos';

interface Kernel {
  /** The kernel is zero at distances of `support` and more source pixels (scale 1). */
  readonly support: number;
  weightAt(distance: number): number;
}

const BICUBIC_SHARPNESS = -0.5;
const LANCZOS_LOBES = 3;

const KERNELS: Readonly<Record<ResampleFilter, Kernel>> = {
  bilinear: { support: 1, weightAt: (distance) => Math.max(0, 1 - Math.abs(distance)) },
  bicubic: { support: 2, weightAt: cubic },
  lanczos: {
    support: LANCZOS_LOBES,
    weightAt: (distance) =>
      distance >= -LANCZOS_LOBES && distance < LANCZOS_LOBES ? sinc(distance) * sinc(distance / LANCZOS_LOBES) : 0,
  },
};

/** Bits behind the binary point of a weight; 255 times the sum of weights stays inside 32 bits. */
export const WEIGHT_BITS = 22;

/** How each output position of one axis is summed from source positions `starts[i]` to `starts[i] + counts[i] - 1`. */
export interface ResampleWeights {
  /** Distance between the weights of neighbouring outputs in `weights`. */
  readonly stride: number;
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** weights: [outputSize, stride], fixed point with WEIGHT_BITS. */
  readonly weights: Int32Array;
}

/**
 * The weights of one axis: when shrinking, the kernel is stretched to cover the source pixels that fall together. The
 * order of the floating-point operations is that of Pillow (MIT-CMU licence), on which bit-exactness depends.
 * Takes about 2 * support * max(inputSize, outputSize) numbers of memory.
 */
export function resampleWeights(filter: ResampleFilter, inputSize: number, outputSize: number): ResampleWeights {
  const kernel = KERNELS[filter];
  const scale = inputSize / outputSize;
  const stretch = Math.max(scale, 1);
  const support = kernel.support * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const inverse = 1 / stretch;
  const starts = new Int32Array(outputSize);
  const counts = new Int32Array(outputSize);
  const weights = new Int32Array(outputSize * stride);
  const exact = new Float64Array(stride);
  for (let output = 0; output < outputSize; output++) {
    const center = (output + 0.5) * scale;
    const start = Math.max(Math.trunc(center - support + 0.5), 0);
    const count = Math.min(Math.trunc(center + support + 0.5), inputSize) - start;
    let sum = 0;
    for (let tap = 0; tap < count; tap++) {
      const weight = kernel.weightAt((tap + start - center + 0.5) * inverse);
      exact[tap] = weight;
      sum += weight;
    }
    starts[output] = start;
    counts[output] = count;
    weights.set(
      exact.subarray(0, count).map((weight) => toFixedPoint(sum === 0 ? weight : weight / sum)),
      output * stride,
    );
  }
  return { stride, starts, counts, weights };
}

/** Rounds half away from zero. */
function toFixedPoint(weight: number): number {
  const scaled = weight * (1 << WEIGHT_BITS);
  return Math.trunc(weight < 0 ? scaled - 0.5 : scaled + 0.5);
}

function cubic(distance: number): number {
  const a = BICUBIC_SHARPNESS;
  const x = Math.abs(distance);
  if (x < 1) {
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  }
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}
