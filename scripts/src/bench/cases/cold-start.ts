import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildFunction, LAMBDA_FUNCTIONS, type LambdaFunction } from '../../build/build-functions.ts';
import { buildCodecsLayer } from '../../build/build-layer.ts';
import type { BenchCase, Contest, Sample } from '../bench-case.ts';

const ROUNDS = 21;
const MAX_IMPORT_MS = 60;
/** As Lambda starts Node 24. */
const NODE_FLAGS = ['--no-experimental-require-module', '--no-experimental-detect-module'];
/** As in serverless.yml; without it a stack names lines of the bundle. */
const SOURCE_MAPS = '--enable-source-maps';
/** Prints how long the module took to load, and ends whatever it has begun. */
const IMPORT = `
  const start = performance.now();
  require(process.argv[1]);
  process.stdout.write(String(performance.now() - start), () => process.exit(0));
`;

/** What a cold start of each function costs before its first request: a fresh process for every sample. */
export const COLD_START_CASES: readonly BenchCase[] = LAMBDA_FUNCTIONS.flatMap((target) => [
  {
    name: `cold-start/${target.name}/import`,
    against: `budget: ${MAX_IMPORT_MS} ms, ${target.maxBytes / 1e3} kB`,
    rounds: ROUNDS,
    open: () => coldStart(target, '', () => Promise.resolve(budgetOf(target))),
  },
  {
    name: `cold-start/${target.name}/deployed`,
    against: 'an empty Node process',
    rounds: ROUNDS,
    goal: 0,
    open: () => coldStart(target, SOURCE_MAPS, ({ empty, layers }) => load(empty, layers, SOURCE_MAPS)),
  },
]);

interface Built {
  readonly bundle: string;
  /** A module without a line. */
  readonly empty: string;
  readonly layers: string;
}

function budgetOf({ maxBytes }: LambdaFunction): Sample {
  return { 'import ms': MAX_IMPORT_MS, 'bundle kB': maxBytes / 1e3 };
}

/** Built once, far from node_modules, so that packages are found where Lambda has them. */
async function coldStart(
  target: LambdaFunction,
  nodeOptions: string,
  theirs: (built: Built) => Promise<Sample>,
): Promise<Contest> {
  const directory = await mkdtemp(join(tmpdir(), 'tensorfleet-cold-start-'));
  await cp(await buildFunction(target), join(directory, 'function'), { recursive: true });
  await cp(await buildCodecsLayer(), join(directory, 'layer'), { recursive: true });
  const built = {
    bundle: join(directory, 'function/index.cjs'),
    empty: join(directory, 'empty.cjs'),
    layers: join(directory, 'layer/nodejs/node_modules'),
  };
  await writeFile(built.empty, '');
  const { size } = await stat(built.bundle);
  await load(built.bundle, built.layers, nodeOptions); // the files are in the page cache
  return {
    ours: async () => ({ ...(await load(built.bundle, built.layers, nodeOptions)), 'bundle kB': size / 1e3 }),
    theirs: () => theirs(built),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

async function load(module: string, layers: string, nodeOptions: string): Promise<Sample> {
  const env = { NODE_PATH: layers, NODE_OPTIONS: nodeOptions };
  const start = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, [...NODE_FLAGS, '-e', IMPORT, module], { env });
  return { 'process ms': performance.now() - start, 'import ms': Number(stdout) };
}
