import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseIndex, type RepositoryIndex } from '@tensorfleet/repository';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, npyBytes, npzBytes } from '../scripts/data/npy-bytes.ts';
import { modelPath } from '../support/model-files.ts';
import { mnistDirectory, TemporaryRepository } from '../support/model-repository.ts';
import { Program } from '../support/program.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

const HELD_OUT = resolve(import.meta.dirname, '../../examples/mnist/held-out.npz');
const BETTER = 'optimising: {metric: error_rate, tolerance: 0.005}';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tensorfleet-gates-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The digit reader over its first 200 digits, of which version 1 misreads 11 %, version 2 6.5 %, version 3 3 %. */
async function gate(...lines: readonly string[]): Promise<string> {
  const path = join(folder, 'gate.yaml');
  await writeFile(path, [`data: {file: ${JSON.stringify(HELD_OUT)}}`, 'requests: 200', ...lines].join('\n'));
  return path;
}

interface Ended {
  readonly code: number | string;
  readonly output: string;
}

async function publish(directory: string, place: string, ...flags: readonly string[]): Promise<Ended> {
  await using program = new Program('tensorfleet.ts', ['publish', directory, place, ...flags], folder);
  return { code: await program.exited, output: program.output };
}

async function indexOf(root: string): Promise<RepositoryIndex> {
  return parseIndex(await readFile(join(root, 'index.json'), 'utf8'), root).index;
}

describe('publish --gate with servers of its own', () => {
  let repository: TemporaryRepository;
  let place: string;

  beforeAll(async () => {
    repository = await TemporaryRepository.create();
    place = join(repository.root, 'mnist');
  });

  afterAll(() => repository[Symbol.asyncDispose]());

  it('publishes and promotes the first version, which has nothing to be compared with', async () => {
    const { code, output } = await publish(
      mnistDirectory(2),
      place,
      '--gate',
      await gate('gating: {error_rate: {max: 0.2}, agreement: {min: 0.9}}', BETTER),
    );
    expect(output).toMatch(/error rate +6.5 % +- +at most 20 % +held/);
    expect(output).toMatch(/optimising: no worse than that of the serving version +skipped/);
    expect(output).toMatch(/published mnist version 1 .*labelled stable/);
    expect(code).toBe(0);
    expect((await indexOf(repository.root)).models.get('mnist')?.labels).toEqual(new Map([['stable', 1]]));
  });

  it('publishes a better version, with its metrics in the manifest and the report beside it', async () => {
    const { code } = await publish(
      mnistDirectory(3),
      place,
      '--gate',
      await gate('gating: {error_rate: {max: 0.1}}', BETTER, 'promote: canary'),
    );
    expect(code).toBe(0);
    const manifest = JSON.parse(await readFile(join(place, '2/manifest.json'), 'utf8'));
    expect(manifest.metrics).toMatchObject({
      test_error: 0.022,
      error_rate: 0.03,
      agreement: expect.any(Number),
    });
    expect(manifest.metrics).not.toHaveProperty('latency_p99_ms'); // is another one in the next run
    expect(manifest.files.map(({ path }: { path: string }) => path)).toEqual(['model.onnx']);
    expect(await readFile(join(place, '2/report.html'), 'utf8')).toContain('<h1>mnist: version 2</h1>');
    const report = JSON.parse(await readFile(join(place, '2/report.json'), 'utf8'));
    expect(report).toMatchObject({ version: 2, baseline_version: 1, passed: true, requests: 200 });
    const labels = new Map([
      ['canary', 2],
      ['stable', 1],
    ]);
    expect((await indexOf(repository.root)).models.get('mnist')?.labels).toEqual(labels);
  });

  it('refuses a version with too many errors, and says why, and publishes nothing', async () => {
    const { code, output } = await publish(
      mnistDirectory(1),
      place,
      '--gate',
      await gate('gating: {error_rate: {max: 0.1}}', BETTER),
      '--report',
      'refused.html',
    );
    expect(output).toContain('tensorfleet: error rate 11 % is above 10 %');
    expect(output).toContain(
      "tensorfleet: error rate 11 % is worse than the serving version's 6.5 % by more than 0.5 %",
    );
    expect(output).toContain('refused: nothing was published, version 1 serves on; refused.html shows what was found');
    expect(code).toBe(1);
    expect((await readdir(place)).filter((name) => !name.startsWith('.'))).toEqual(['1', '2']);
    expect(await readFile(join(folder, 'refused.html'), 'utf8')).toContain('Refused by the gate');
    expect(JSON.parse(await readFile(join(folder, 'refused.json'), 'utf8'))).toMatchObject({
      passed: false,
      version: null,
    });
  });

  it('refuses a version that is only worse than the one it is compared with; a dry run publishes neither', async () => {
    const worse = await publish(mnistDirectory(2), place, '--gate', await gate('baseline: 2', BETTER));
    expect(worse.output).toContain("tensorfleet: error rate 6.5 % is worse than the serving version's 3 %");
    expect(worse.code).toBe(1);
    const dry = await publish(mnistDirectory(3), place, '--gate', await gate(BETTER), '--dry-run');
    expect(dry.output).toContain('the gate is passed; nothing was published, the report is gate-report.html');
    expect(dry.code).toBe(0);
    expect((await readdir(place)).filter((name) => !name.startsWith('.'))).toEqual(['1', '2']);
  });

  it('refuses a version that no server can load, with the reason', async () => {
    const broken = await mkdtemp(join(folder, 'broken-'));
    await writeFile(join(broken, 'model.onnx'), await readFile(modelPath('half_plus_two')));
    await writeFile(join(broken, 'manifest.json'), '{"format": 1, "warmup": [{"instances": ["not a number"]}]}');
    const { code, output } = await publish(broken, place, '--gate', await gate(BETTER));
    expect(output).toContain('the candidate of model "mnist" cannot be served: warmup[0] of the manifest failed');
    expect(code).toBe(1);
  });

  it('judges values by their mean error, with memory and size', async () => {
    const x = Float32Array.from({ length: 20 }, (_, i) => i);
    const y = x.map((value) => value / 2 + 2);
    const arrays = { 'x.npy': npyBytes('<f4', '(20,)', bytesOf(x)), 'y.npy': npyBytes('<f4', '(20,)', bytesOf(y)) };
    await writeFile(join(folder, 'half.npz'), npzBytes(arrays));
    const path = join(folder, 'half.yaml');
    const bounds = '{mean_absolute_error: {max: 0.001}, memory_bytes: {max: 1e9}, size_bytes: {max: 10000}}';
    await writeFile(path, `data: {file: half.npz, inputs: {x: x}, targets: {y: y}}\ngating: ${bounds}`);
    const half = async (fixture: string): Promise<Ended> => {
      const source = await mkdtemp(join(folder, 'half-'));
      await writeFile(join(source, 'model.onnx'), await readFile(modelPath(fixture)));
      return await publish(source, join(repository.root, 'half'), '--gate', path);
    };
    const right = await half('half_plus_two');
    expect(right.output).toMatch(/mean absolute error +0 +- +at most 0.001 +held/);
    expect(right.output).toMatch(/resident memory +[1-9]/);
    expect(right.code).toBe(0);
    const wrong = await half('half_plus_three');
    expect(wrong.output).toContain('tensorfleet: mean absolute error 1 is above 0.001');
    expect(wrong.code).toBe(1);
  });
});

describe('publish --gate on the fleet that serves the repository', () => {
  let repository: TemporaryRepository;
  let running: RunningServer;
  let place: string;

  beforeAll(async () => {
    repository = await TemporaryRepository.create();
    place = join(repository.root, 'mnist');
    await publish(mnistDirectory(2), place);
    running = await useServer(repository.root, { file_system_poll_wait_seconds: 1 });
  });

  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await repository[Symbol.asyncDispose]();
  });

  async function onFleet(version: number): Promise<Ended> {
    const lines = [`server: ${running.grpc}`, 'gating: {error_rate: {max: 0.09}}', BETTER];
    return await publish(mnistDirectory(version), place, '--gate', await gate(...lines));
  }

  /** The version that answers a request that names none. */
  async function served(): Promise<string | null> {
    const image = Array.from({ length: 28 }, () => new Array(28).fill([0]));
    const body = JSON.stringify({ instances: [image] });
    const { headers } = await fetch(`${running.rest}/v1/models/mnist:predict`, { method: 'POST', body });
    return headers.get('x-model-version');
  }

  it('publishes nothing where the fleet would serve the candidate to everyone at once', async () => {
    const { code, output } = await onFleet(3);
    expect(output).toContain('only if that has the label "stable"');
    expect(code).toBe(1);
    expect((await readdir(place)).filter((name) => !name.startsWith('.'))).toEqual(['1']);
  });

  it('retires a refused version again, with the reason in the history, and promotes one that passes', async () => {
    await using promote = new Program('tensorfleet.ts', ['promote', place, '--version', '1'], folder);
    expect(await promote.exited).toBe(0);
    const refused = await onFleet(1);
    expect(refused.output).toContain('refused: version 2 is retired again, version 1 serves on; gate-report.html');
    expect(refused.code).toBe(1);
    expect(await served()).toBe('1');
    const model = (await indexOf(repository.root)).models.get('mnist');
    expect(model?.retired).toEqual([2]);
    expect(model?.history.at(-1)).toMatchObject({ event: 'retired', detail: expect.stringContaining('is above 9 %') });

    const passed = await onFleet(3);
    expect(passed.output).toMatch(/published mnist version 3 .*labelled stable/);
    expect(passed.code).toBe(0);
    expect((await indexOf(repository.root)).models.get('mnist')?.labels.get('stable')).toBe(3);
    await expect.poll(served, { timeout: 10_000 }).toBe('3');
  });
});
