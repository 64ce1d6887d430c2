#!/usr/bin/env node
import { silenceOnnxRuntime } from './config.ts';
import { endOnEarlySignals } from './early-signals.ts';
import { restartLean } from './lean-process.ts';
import { isNodeRecent } from './node-version.ts';

const SERVERS: readonly (string | undefined)[] = ['serve', 'gateway'];

if (isNodeRecent('npx tensorfleet')) {
  silenceOnnxRuntime();
  if (SERVERS.includes(process.argv[2])) {
    restartLean();
    endOnEarlySignals();
  }
  const { runTensorfleet } = await import('./program.ts');
  process.exitCode = await runTensorfleet(process.argv.slice(2));
} else {
  process.exitCode = 1;
}
