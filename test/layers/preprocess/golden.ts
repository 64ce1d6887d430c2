import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { OpaqueImage, ResizeFilter } from '@tensorfleet/preprocess';

/** The golden vectors that make_golden.py wrote with Pillow and numpy. */
export interface Golden {
  readonly normalise: readonly { mode: string; channels: 1 | 3; offset: number; bytes: number }[];
  readonly decode: readonly { file: string; mode: string; width: number; height: number }[];
  readonly resize: readonly ResizeCase[];
}

export interface ResizeCase {
  readonly pattern: 'noise' | 'gradient';
  readonly mode: 'L' | 'RGB';
  readonly filter: ResizeFilter;
  readonly source: readonly [width: number, height: number];
  readonly target: readonly [width: number, height: number];
  readonly base64?: string;
  readonly sha256?: string;
}

const FOLDER = new URL('../../golden/preprocess/', import.meta.url);

export function goldenFile(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, FOLDER)));
}

export function loadGolden(): Golden {
  return JSON.parse(new TextDecoder().decode(goldenFile('manifest.json'))) as Golden; // written by our own script
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The picture that `pixels` of make_golden.py makes. */
export function goldenSource({ pattern, mode, source: [width, height] }: ResizeCase): OpaqueImage {
  const channels = mode === 'L' ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  let state = width * 65_536 + height;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const pixel = Math.floor(i / channels);
    const shade = 3 * (pixel % width) + 5 * Math.floor(pixel / width) + 85 * (i % channels);
    data[i] = pattern === 'noise' ? state >>> 24 : shade % 256;
  }
  return channels === 1 ? { width, height, channels, data } : { width, height, channels, data };
}

/** Seeded noise in the shape of a picture. */
export function noiseImage(width: number, height: number, mode: 'L' | 'RGB' = 'RGB'): OpaqueImage {
  return goldenSource({ pattern: 'noise', mode, filter: 'nearest', source: [width, height], target: [1, 1] });
}
