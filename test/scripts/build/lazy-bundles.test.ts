import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildWithLazyBundles } from '../../../scripts/src/build/lazy-bundles.ts';

const require = createRequire(import.meta.url);
const OPTIONS = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  logLevel: 'silent',
  external: ['layer'],
} satisfies BuildOptions;

describe('buildWithLazyBundles', () => {
  let source: string;
  let folder: string;

  beforeEach(() => {
    source = mkdtempSync(join(tmpdir(), 'lazy-source-'));
    folder = mkdtempSync(join(tmpdir(), 'lazy-bundles-'));
  });

  afterEach(() => {
    for (const path of [source, folder]) {
      rmSync(path, { recursive: true, force: true });
    }
  });

  /** The bundle of `files['main.ts']`. */
  async function bundleOf(files: Readonly<Record<string, string>>): Promise<string> {
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(source, name), text);
    }
    await buildWithLazyBundles({ entry: join(source, 'main.ts'), folder, name: 'index' }, OPTIONS);
    return join(folder, 'index.cjs');
  }

  const built = (): readonly string[] => readdirSync(folder).toSorted();

  it('writes what is imported lazily beside the bundle, and what that imports lazily too', async () => {
    const bundle = await bundleOf({
      'main.ts': `export const ask = async () => (await import('./second.ts')).answer();`,
      'second.ts': `export const answer = async () => (await import('./third.ts')).word;`,
      'third.ts': `export const word = 'far away';`,
    });
    expect(built()).toEqual(['index.cjs', 'second.cjs', 'third.cjs']);
    expect(await require(bundle).ask()).toBe('far away');
  });

  it('reads a lazy file when it is asked for and not before', async () => {
    const bundle = await bundleOf({
      'main.ts': `export const ask = () => import('./second.ts');`,
      'second.ts': `throw new Error('read');`,
    });
    const { ask } = require(bundle);
    await expect(ask()).rejects.toThrow('read');
  });

  it('keeps what is imported the usual way in the bundle', async () => {
    const bundle = await bundleOf({
      'main.ts': `export { word } from './a.ts';`,
      'a.ts': `export const word = 'near';`,
    });
    expect(built()).toEqual(['index.cjs']);
    expect(require(bundle).word).toBe('near');
  });

  it('requires external packages, of which import() would not find those of a layer', async () => {
    const bundle = await bundleOf({ 'main.ts': `export const ask = () => import('layer');` });
    expect(built()).toEqual(['index.cjs']);
    await expect(require(bundle).ask()).rejects.toMatchObject({ code: 'MODULE_NOT_FOUND' });
  });

  it('calls the file of a package by its name', async () => {
    mkdirSync(join(source, 'node_modules/@scope/pack'), { recursive: true });
    await bundleOf({
      'main.ts': `export const ask = () => import('@scope/pack');`,
      'node_modules/@scope/pack/index.js': 'exports.word = 1;',
    });
    expect(built()).toEqual(['index.cjs', 'scope-pack.cjs']);
  });

  it('lets a library ask in vain for a package that is not installed', async () => {
    mkdirSync(join(source, 'node_modules/pack'), { recursive: true });
    const bundle = await bundleOf({
      'main.ts': `export { ask } from 'pack';`,
      'node_modules/pack/index.js': `exports.ask = () => import('optional-peer');`,
    });
    await expect(require(bundle).ask()).rejects.toMatchObject({ code: 'MODULE_NOT_FOUND' });
  });

  it('refuses what our own code imports in vain', async () => {
    await expect(bundleOf({ 'main.ts': `export const ask = () => import('no-such-package');` })).rejects.toThrow(
      'no-such-package',
    );
  });

  it('refuses two files of one name', async () => {
    const files = {
      'main.ts': `export const ask = () => Promise.all([import('./a.ts'), import('./a.js')]);`,
      'a.ts': 'export {};',
      'a.js': 'export {};',
    };
    await expect(bundleOf(files)).rejects.toThrow('a.cjs');
  });
});
