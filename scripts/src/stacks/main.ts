import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../build/paths.ts';
import { type RunServerless, runStacks, STACK_ACTIONS } from './run-stacks.ts';

// `npm run package`, `npm run deploy` and `npm run remove`, with the flags of the Serverless Framework.
const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

const run: RunServerless = async (folder, args, quiet) => {
  const child = spawn(process.execPath, [SERVERLESS, ...args], {
    cwd: join(ROOT, folder),
    stdio: quiet === undefined ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  const parts: string[] = [];
  child.stdout?.on('data', (bytes) => parts.push(String(bytes)));
  child.stderr?.on('data', (bytes) => parts.push(String(bytes)));
  const [exitCode] = await once(child, 'close');
  return { exitCode: exitCode ?? 1, output: parts.join('') };
};

const [name, ...flags] = process.argv.slice(2);
const action = STACK_ACTIONS.find((each) => each === name);
if (action === undefined) {
  process.stderr.write(
    `usage: ${STACK_ACTIONS.join(' | ')} [--stage dev] [--region eu-central-1] [--param=name=value]\n`,
  );
  process.exitCode = 2;
} else {
  process.exitCode = await runStacks(action, flags, run);
}
