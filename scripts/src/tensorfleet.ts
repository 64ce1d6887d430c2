#!/usr/bin/env node
import { isNodeRecent } from './node-version.ts';

if (isNodeRecent('npx tensorfleet')) {
  const { runTensorfleet } = await import('./program.ts');
  process.exitCode = await runTensorfleet(process.argv.slice(2));
} else {
  process.exitCode = 1;
}
