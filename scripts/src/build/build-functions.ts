import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WASM_FILES } from '@tensorfleet/preprocess';
import { build } from 'esbuild';
import { DIST, LAMBDA_BUNDLE, LAYER_PACKAGES, ROOT } from './paths.ts';

/** Writes `dist/functions/gateway/index.cjs` and the image decoders beside it. Resolves with the folder. */
export async function buildGatewayFunction(): Promise<string> {
  const folder = join(DIST, 'functions/gateway');
  await build({
    ...LAMBDA_BUNDLE,
    entryPoints: [join(ROOT, 'functions/src/lambda/gateway.ts')],
    outfile: join(folder, 'index.cjs'),
    external: [...LAYER_PACKAGES],
  });
  // The decoders are dependencies of the package that decodes, so that is where they are looked for.
  const { resolve } = createRequire(fileURLToPath(import.meta.resolve('@tensorfleet/preprocess')));
  for (const specifier of Object.values(WASM_FILES)) {
    await copyFile(resolve(specifier), join(folder, basename(specifier)));
  }
  return folder;
}
