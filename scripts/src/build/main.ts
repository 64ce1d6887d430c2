import { rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { buildGatewayFunction } from './build-functions.ts';
import { buildCodecsLayer } from './build-layer.ts';
import { DIST, ROOT } from './paths.ts';

// `npm run build`: what serverless.yml packages.
await rm(DIST, { recursive: true, force: true });
for (const folder of [await buildCodecsLayer(), await buildGatewayFunction()]) {
  process.stdout.write(`${relative(ROOT, folder)}\n`);
}
