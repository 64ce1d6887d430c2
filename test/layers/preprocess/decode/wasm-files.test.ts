import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type * as Preprocess from '@tensorfleet/preprocess';
import { WASM_FILES } from '@tensorfleet/preprocess';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goldenFile } from '../golden.ts';

const PICTURES = ['420.jpg', 'rgb.png', 'lossy.webp'];
const require = createRequire(import.meta.url);

describe('loadWasm in a CommonJS bundle', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'preprocess-'));
    const result = buildSync({
      entryPoints: [join(import.meta.dirname, '../../../../layers/preprocess/src/index.ts')],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      write: false,
      logLevel: 'error',
    });
    for (const name of ['beside', 'elsewhere', 'alone']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'index.cjs'), result.outputFiles[0]?.contents ?? '');
    }
    mkdirSync(join(folder, 'wasm'));
    for (const specifier of Object.values(WASM_FILES)) {
      copyFileSync(require.resolve(specifier), join(folder, 'beside', basename(specifier)));
      copyFileSync(require.resolve(specifier), join(folder, 'wasm', basename(specifier)));
    }
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  function bundleIn(name: string): typeof Preprocess {
    return require(join(folder, name, 'index.cjs')) as typeof Preprocess; // bundled from that very package
  }

  it('finds the decoders beside the bundle', async () => {
    const { decodeImage } = bundleIn('beside');
    const images = await Promise.all(PICTURES.map((file) => decodeImage(goldenFile(`decode/${file}`))));
    expect(images.map(({ width }) => width)).toEqual([37, 37, 37]);
  });

  it('finds the decoders where setWasmLocation says, also after a failed try', async () => {
    const { decodeImage, setWasmLocation } = bundleIn('elsewhere');
    await expect(decodeImage(goldenFile('decode/rgb.png'))).rejects.toThrow('squoosh_png_bg.wasm cannot be loaded');
    setWasmLocation(join(folder, 'wasm'));
    const images = await Promise.all(PICTURES.map((file) => decodeImage(goldenFile(`decode/${file}`))));
    expect(images.map(({ width }) => width)).toEqual([37, 37, 37]);
  });

  it('still refuses what needs no decoder when the files are missing', async () => {
    await expect(bundleIn('alone').decodeImage(goldenFile('refused/cmyk.jpg'))).rejects.toThrow('CMYK');
  });
});
