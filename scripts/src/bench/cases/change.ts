import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { encodePredictRequest, RPC_PATHS } from '@tensorfleet/codecs';
import { tensor } from '@tensorfleet/core';
import { publishVersion } from '@tensorfleet/repository';
import { percentile } from '../../evaluation/percentile.ts';
import type { BenchCase, Contest, Sample } from '../bench-case.ts';
import { randomFloats } from '../seeded-random.ts';
import { OpenLoop } from '../serving/open-loop.ts';
import { ServeProcess } from '../serving/serve-process.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../../../examples/mnist/saved_model');
const SHAPE = [1, 28, 28, 1];
const PICTURE = 28 * 28;
/** About a third of what one core answers. */
const REQUESTS_PER_SECOND = 300;
/** Longer than a change takes, with the look at the file that begins it. */
const SAMPLE_MS = 4000;
const WARM_UP_MS = 5000;
/** The p99 may double while something changes. */
const GOAL = 1 / 2;
const MICROS_PER_MILLI = 1000;

/** What a change does to a server under load; called once per round. */
type Change = (world: World, round: number) => Promise<void>;

const CHANGES: Readonly<Record<string, Change>> = {
  // The SavedModel of the version is converted and loaded, and takes the place of the one before.
  roll: (world, round) => world.publish('digits', round + 3),
  label: (world, round) => world.configure({ labelled: 1 + ((round + 1) % 2) }),
  reload: (world, round) => world.configure({ others: round % 2 === 0 ? ['other', 'third'] : ['other'] }),
  removal: (world, round) => world.configure({ others: round % 2 === 0 ? [] : ['other'] }),
};

/** Latencies of a model while the server changes, against the same just before; a failed request fails the run. */
export const CHANGE_CASES: readonly BenchCase[] = Object.entries(CHANGES).map(([name, change]) => ({
  name: `change/${name}/p99`,
  against: 'the same load, nothing changing',
  goal: GOAL,
  open: () => changeContest(change, name === 'label'),
}));

async function changeContest(change: Change, byLabel: boolean): Promise<Contest> {
  await using opened = new AsyncDisposableStack();
  const world = opened.use(await World.create());
  await world.configure(byLabel ? { labelled: 2 } : {});
  const server = opened.use(await ServeProcess.start(world.flags, undefined));
  await server.reaches(2, 'available');
  const modelSpec = byLabel ? { name: 'digits', versionLabel: 'live' } : { name: 'digits' };
  const inputs = new Map([['images', tensor('FP32', SHAPE, randomFloats(PICTURE, 1))]]);
  const message = encodePredictRequest({ modelSpec, inputs, outputFilter: [] });
  const load = { target: server.target, path: RPC_PATHS.predict, message, requestsPerSecond: REQUESTS_PER_SECOND };
  const loop = opened.use(new OpenLoop(load));
  await loop.latenciesFor(WARM_UP_MS);
  const parts = opened.move();
  let round = 0;
  return {
    async ours() {
      const latencies = loop.latenciesFor(SAMPLE_MS);
      await change(world, round++);
      return sampleOf(await latencies);
    },
    theirs: async () => sampleOf(await loop.latenciesFor(SAMPLE_MS)),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

function sampleOf(latenciesMs: Float64Array): Sample {
  return {
    'p50 µs': percentile(latenciesMs, 0.5) * MICROS_PER_MILLI,
    'p99 µs': percentile(latenciesMs, 0.99) * MICROS_PER_MILLI,
  };
}

interface Configured {
  /** The version of `digits` that the label `live` names; all versions are served then, and the latest without it. */
  readonly labelled?: number;
  readonly others?: readonly string[];
}

/** A repository with three models, and the file that says what is served of it. */
class World implements AsyncDisposable {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  static async create(): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), 'tensorfleet-change-')));
    await world.publish('digits', 1);
    await world.publish('digits', 2);
    await world.publish('other', 1);
    await world.publish('third', 1);
    return world;
  }

  get flags(): readonly string[] {
    return [
      `--model_config_file=${this.#file}`,
      '--model_config_file_poll_wait_seconds=1',
      `--conversion_cache_dir=${join(this.#root, 'conversions')}`,
    ];
  }

  async publish(model: string, version: number): Promise<void> {
    const source = join(EXAMPLES, String(1 + (version % 3)));
    await publishVersion({ source, root: this.#root, model, version });
  }

  async configure({ labelled, others = ['other'] }: Configured): Promise<void> {
    const labels = `model_version_policy { all {} } version_labels { key: "live" value: ${labelled} }`;
    const models = ['digits', ...others].map((name) => {
      const path = `name: "${name}" base_path: "${join(this.#root, name)}" model_platform: "tensorflow"`;
      return `  config { ${path} ${name === 'digits' && labelled !== undefined ? labels : ''} }\n`;
    });
    await writeFile(this.#file, `model_config_list {\n${models.join('')}}\n`);
  }

  get #file(): string {
    return join(this.#root, 'models.config');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true });
  }
}
