import { readFile, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { notFound } from '@tensorfleet/core';
import { build } from 'esbuild';
import { DIST, LAMBDA_BUNDLE, LAYER_PACKAGES } from './paths.ts';

/**
 * Writes the codecs layer: `dist/layers/codecs/nodejs/node_modules/<package>/`, where Lambda's NODE_PATH leads. The
 * packages are CommonJS, because `import` does not look at NODE_PATH. Resolves with the layer's folder.
 */
export async function buildCodecsLayer(): Promise<string> {
  const layer = join(DIST, 'layers/codecs');
  for (const name of LAYER_PACKAGES) {
    const folder = join(layer, 'nodejs/node_modules', name);
    await build({
      ...LAMBDA_BUNDLE,
      entryPoints: [fileURLToPath(import.meta.resolve(name))],
      outfile: join(folder, 'index.cjs'),
      external: LAYER_PACKAGES.filter((other) => other !== name),
    });
    await writeManifest(name, folder);
  }
  return layer;
}

/** What `require` needs to know; the package's own manifest points at TypeScript. */
async function writeManifest(name: string, folder: string): Promise<void> {
  const source = findPackageJSON(name, import.meta.url);
  if (source === undefined) {
    throw notFound(`package ${name} has no package.json: run npm ci first`);
  }
  const { version, license } = JSON.parse(await readFile(source, 'utf8'));
  const manifest = { name, version, license, main: 'index.cjs' };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}
