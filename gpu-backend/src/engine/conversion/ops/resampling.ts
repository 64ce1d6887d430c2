/** One of the old pixels that each new pixel is made of: which, and how much of it. */
export interface Taps {
  readonly indices: readonly number[];
  readonly weights: readonly number[];
}

type Weighted = readonly (readonly [index: number, weight: number])[];

const f = Math.fround; // TensorFlow's arithmetic, to the bit

/** The pixels of `from` that each of `to` covers, by how much of it they cover. */
export function areaTaps(from: number, to: number, isAligned: boolean): readonly Taps[] {
  const scale = isAligned ? f((from - 1) / (to - 1)) : f(from / to);
  return tapsOf(
    Array.from({ length: to }, (_, place) => {
      const [start, end] = [f(place * scale), f((place + 1) * scale)];
      const covered = Array.from(
        { length: Math.ceil(end) - Math.floor(start) },
        (_, index) => Math.floor(start) + index,
      );
      return covered.map((pixel) => {
        const isEnd = pixel + 1 > end;
        const part = pixel < start ? (isEnd ? scale : f(pixel + 1 - start)) : isEnd ? f(end - pixel) : 1;
        return [Math.max(Math.min(pixel, from - 1), 0), part / scale] as const;
      });
    }),
  );
}

export interface Sampling {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly translation: number;
  /** Whether kernels grow when pictures shrink. */
  readonly isAntialiased: boolean;
}

/** The pixels around each new one, weighed by a kernel; undefined when there is none of this name. */
export function kernelTaps(sampling: Sampling, kernelName: string): readonly Taps[] | undefined {
  const kernel = KERNELS.get(kernelName);
  if (kernel === undefined) {
    return undefined;
  }
  const { from, to, isAntialiased } = sampling;
  const inverse = f(1 / sampling.scale);
  const moved = f(-inverse * sampling.translation);
  const width = isAntialiased ? Math.max(inverse, 1) : 1;
  const reach = f(kernel.radius * width);
  return tapsOf(
    Array.from({ length: to }, (_, place) => {
      const centre = f(f(f(place + 0.5) * inverse) + moved);
      if (centre < 0 || centre > from) {
        return []; // outside of the picture
      }
      const start = clamped(Math.ceil(f(f(centre - reach) - 0.5)), from);
      const end = clamped(Math.floor(f(f(centre + reach) - 0.5)), from) + 1;
      const pixels = Array.from({ length: end - start }, (_, index) => start + index);
      const weights = pixels.map((pixel) => f(kernel.weight(Math.abs(f(f(f(pixel + 0.5) - centre) * f(1 / width))))));
      const sum = weights.reduce((total, weight) => f(total + weight), 0);
      const share = Math.abs(sum) >= SMALLEST_SUM ? f(1 / sum) : 1;
      return pixels.map((pixel, index) => [pixel, f((weights[index] ?? 0) * share)] as const);
    }),
  );
}

/** Sums of weights below are not divided by: 1000 times the smallest normal float32. */
const SMALLEST_SUM = 1000 * 2 ** -126;

interface Kernel {
  readonly radius: number;
  readonly weight: (distance: number) => number;
}

const KERNELS: ReadonlyMap<string, Kernel> = new Map([
  ['lanczos1', lanczos(1)],
  ['lanczos3', lanczos(3)],
  ['lanczos5', lanczos(5)],
  ['gaussian', { radius: 1.5, weight: (x) => (x >= 1.5 ? 0 : Math.exp(-2 * x * x)) }],
  ['box', { radius: 0.5, weight: (x) => (x < 0.5 ? 1 : x === 0.5 ? 0.5 : 0) }],
  ['triangle', { radius: 1, weight: (x) => Math.max(1 - x, 0) }],
  ['keyscubic', cubic([-0.5, 2.5, -4, 2], [1.5, -2.5, 0, 1])],
  ['mitchellcubic', cubic([-7 / 18, 2, -10 / 3, 16 / 9], [7 / 6, -2, 0, 8 / 9])],
]);

function lanczos(radius: number): Kernel {
  const weight = (x: number): number => {
    const angle = Math.PI * x;
    return x > radius ? 0 : x <= 1e-3 ? 1 : (radius * Math.sin(angle) * Math.sin(angle / radius)) / (angle * angle);
  };
  return { radius, weight };
}

/** Coefficients of the cubic polynomials beyond a distance of 1, and up to it. */
function cubic(outer: readonly number[], inner: readonly number[]): Kernel {
  const weight = (x: number): number =>
    x >= 2 ? 0 : (x >= 1 ? outer : inner).reduce((sum, coefficient) => sum * x + coefficient, 0);
  return { radius: 2, weight };
}

function clamped(pixel: number, size: number): number {
  return Math.max(Math.min(pixel, size - 1), 0);
}

/** Pixel by pixel to tap by tap; what has fewer pixels takes nothing of the first. */
function tapsOf(pixels: readonly Weighted[]): readonly Taps[] {
  const count = pixels.reduce((most, { length }) => Math.max(most, length), Math.min(pixels.length, 1));
  return Array.from({ length: count }, (_, tap) => ({
    indices: pixels.map((one) => one[tap]?.[0] ?? 0),
    weights: pixels.map((one) => one[tap]?.[1] ?? 0),
  }));
}
