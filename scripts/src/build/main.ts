import { rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { buildFunction, LAMBDA_FUNCTIONS } from './build-functions.ts';
import { buildCodecsLayer } from './build-layer.ts';
import { DIST, ROOT } from './paths.ts';

// `npm run build`: what serverless.yml packages.
await rm(DIST, { recursive: true, force: true });
const folders = [buildCodecsLayer(), ...LAMBDA_FUNCTIONS.map(buildFunction)];
for (const folder of await Promise.all(folders)) {
  process.stdout.write(`${relative(ROOT, folder)}\n`);
}
