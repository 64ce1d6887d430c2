import { silenceOnnxRuntime } from './config.ts';
import { restartLean } from './lean-process.ts';
import { isNodeRecent } from './node-version.ts';

if (isNodeRecent('npm start')) {
  silenceOnnxRuntime();
  restartLean();
  const { runStart } = await import('./start/run-start.ts');
  process.exitCode = await runStart(process.argv.slice(2));
} else {
  process.exitCode = 1;
}
