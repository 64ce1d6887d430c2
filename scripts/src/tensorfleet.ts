#!/usr/bin/env node
import { restartLean } from './lean-process.ts';
import { isNodeRecent } from './node-version.ts';

if (isNodeRecent('npx tensorfleet')) {
  if (process.argv[2] === 'serve') {
    restartLean();
  }
  const { runTensorfleet } = await import('./program.ts');
  process.exitCode = await runTensorfleet(process.argv.slice(2));
} else {
  process.exitCode = 1;
}
