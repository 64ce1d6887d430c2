import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFleetClient, type FleetClient } from '@tensorfleet/client';
import { DEFAULT_SIGNATURE, internal, type NamedTensors, tensor } from '@tensorfleet/core';
import { publishVersion, unpublishVersion } from '@tensorfleet/repository';
import type { BenchCase, Contest } from '../bench-case.ts';
import { CYCLED_MODELS, type CycledModel, writeVersion } from '../memory/cycled-model.ts';
import { findTensorflow, noTensorflowReason } from '../savedmodel/tensorflow-python.ts';
import { ServeProcess } from '../serving/serve-process.ts';
import { median } from '../statistics.ts';

const CYCLES = [200, 1000] as const;
/** By then caches are filled and code is compiled. */
const WARM_CYCLES = 100;
/** The allocator breathes by some megabytes from cycle to cycle, so both ends are medians of some cycles. */
const WINDOW = 20;
const GOAL = 1 / 1.05;
const NAME = 'model';

/** Versions published, loaded, asked once and unloaded through a server, and what that leaves in its memory. */
export const MEMORY_CASES: readonly BenchCase[] = CYCLED_MODELS.flatMap((model) =>
  CYCLES.map((cycles) => ({
    name: `memory/${model.engine}/${cycles}`,
    against: `after ${WARM_CYCLES} cycles`,
    goal: GOAL,
    rounds: 1,
    skipReason: () => skipReason(model),
    open: () => memoryContest(model, cycles),
  })),
);

function skipReason({ engine }: CycledModel): string | undefined {
  if (process.platform !== 'linux') {
    return 'memory is read from /proc';
  }
  return engine === 'tensorflow' ? noTensorflowReason() : undefined;
}

async function memoryContest(model: CycledModel, cycles: number): Promise<Contest> {
  const resident = await cycle(model, cycles);
  const early = median(resident.slice(WARM_CYCLES - WINDOW / 2, WARM_CYCLES + WINDOW / 2));
  const late = median(resident.slice(-WINDOW));
  return {
    ours: async () => ({ 'resident MB': late }),
    theirs: async () => ({ 'resident MB': early }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Megabytes after each cycle. */
async function cycle(model: CycledModel, cycles: number): Promise<readonly number[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'tensorfleet-memory-'));
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rm(scratch, { recursive: true }));
  const root = join(scratch, 'models');
  await mkdir(root);
  const source = join(scratch, 'source');
  const publish = async (version: number): Promise<void> => {
    await writeVersion(model, version, source);
    await publishVersion({ source, root, model: NAME, version });
  };
  await publish(1);
  const server = opened.use(await ServeProcess.start(flagsOf(model, scratch, root), findTensorflow()?.libraries));
  await server.reaches(1, 'available');
  const fleet = opened.use(createFleetClient({ target: server.target }));
  const inputs = await inputsOf(fleet);
  const resident: number[] = [];
  for (let version = 1; version <= cycles; version++) {
    await publish(version + 1);
    await unpublishVersion({ root, model: NAME, version });
    await server.reaches(version, 'end');
    await fleet.predict({ name: NAME }, inputs);
    resident.push(await server.residentMegabytes());
  }
  return resident;
}

/** Every version is converted, as nothing is left of the last one in the cache. */
function flagsOf({ engine }: CycledModel, scratch: string, root: string): readonly string[] {
  return [
    `--model_repository=${root}`,
    '--file_system_poll_wait_seconds=0.02',
    `--conversion_cache_dir=${join(scratch, 'conversions')}`,
    '--conversion_cache_megabytes=1',
    `--engine=${engine === 'tensorflow' ? engine : 'onnx'}`,
  ];
}

/** Zeros for a batch of one. */
async function inputsOf(fleet: FleetClient): Promise<NamedTensors> {
  const { signatures } = await fleet.metadata({ name: NAME });
  const inputs = signatures.get(DEFAULT_SIGNATURE)?.inputs ?? [];
  return new Map(
    Array.from(inputs, ([name, { dtype, shape: declared }]) => {
      if (dtype !== 'FP32' || declared === null) {
        throw internal(`input "${name}" is not what this case makes`);
      }
      const shape = declared.map((size) => size ?? 1);
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, tensor(dtype, shape, new Float32Array(count))];
    }),
  );
}
