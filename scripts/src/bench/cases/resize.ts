import { type ResizeFilter, resizeImage, toColorMode } from '@tensorfleet/preprocess';
import type { BenchCase } from '../bench-case.ts';
import { microContest } from '../micro-contest.ts';
import { randomBytes } from '../seeded-random.ts';

const WIDTH = 1024;
const HEIGHT = 768;
const SIDE = 224;

/** Nanoseconds per pixel of the source; nothing else on npm resizes bit for bit as Pillow does. */
export const RESIZE_CASES: readonly BenchCase[] = (['nearest', 'bilinear', 'lanczos'] as const).map(resizeCase);

function resizeCase(filter: ResizeFilter): BenchCase {
  return {
    name: `resize/${filter}/${WIDTH}x${HEIGHT}-${SIDE}`,
    against: '-',
    open() {
      const data = randomBytes(WIDTH * HEIGHT * 4, 1);
      const source = toColorMode({ width: WIDTH, height: HEIGHT, channels: 4, data }, 'rgb');
      return microContest({
        metric: 'ns/pixel',
        opsPerCall: WIDTH * HEIGHT,
        ours: () => resizeImage(source, SIDE, SIDE, filter),
      });
    },
  };
}
