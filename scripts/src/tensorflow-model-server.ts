#!/usr/bin/env node
import { resolve } from 'node:path';

// TensorFlow Serving's command, for scripts that call it by name: `tensorfleet serve` with the same flags.
process.argv.splice(1, 1, resolve(import.meta.dirname, 'tensorfleet.ts'), 'serve');
await import('./tensorfleet.ts');
