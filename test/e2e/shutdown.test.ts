import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { Program } from '../support/program.ts';

/** Some hundred milliseconds inside ONNX Runtime. */
const LONG_RUN = '{"inputs": [300000]}';

let repository: TemporaryRepository;

beforeAll(async () => {
  repository = await TemporaryRepository.create();
  await repository.addFixture('countdown');
});

afterAll(() => repository[Symbol.asyncDispose]());

interface ServeOptions {
  readonly root?: string;
  readonly settings?: readonly string[];
  /** What has been printed when it is given back. */
  readonly until?: string;
}

async function serve({
  root = repository.root,
  settings = [],
  until = 'is in state available',
}: ServeOptions = {}): Promise<{
  readonly program: Program;
  readonly rest: string;
  readonly ports: readonly number[];
}> {
  const ports = await freePorts(2);
  const flags = [`--port=${ports[0]}`, `--rest_api_port=${ports[1]}`, '--host=127.0.0.1'];
  const args = ['serve', `--model_repository=${root}`, ...flags, ...settings];
  const program = new Program('tensorfleet.ts', args);
  await program.printed(until);
  return { program, rest: `http://127.0.0.1:${ports[1]}`, ports };
}

describe('tensorfleet serve', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('answers the request in flight on %s and exits 0', async (signal) => {
    const { program, rest } = await serve();
    await using _ = program;
    const answer = fetch(`${rest}/v1/models/countdown:predict`, { method: 'POST', body: LONG_RUN });
    await running(rest);
    program.signal(signal);
    await expect(answer.then((response) => response.json())).resolves.toEqual({ outputs: [300_000] });
    await expect(program.exited).resolves.toBe(0);
  });

  it('waits until a load that it cancels has come out of ONNX Runtime, and exits 0', async () => {
    await using loading = await TemporaryRepository.create();
    await loading.addFixture('countdown');
    const manifest = { format: 1, warmup: [{ inputs: [0] }, JSON.parse(LONG_RUN)] };
    await writeFile(join(loading.root, 'countdown/1/manifest.json'), JSON.stringify(manifest));
    const { program } = await serve({
      root: loading.root,
      settings: ['--log_level=debug'],
      until: 'warmup[0] of the manifest ran',
    });
    await using _ = program;
    program.signal('SIGTERM');
    await expect(program.exited, program.output).resolves.toBe(0);
    expect(program.output).not.toContain('is warmed up');
  });

  it('loses a run that takes longer than worker_timeout_seconds, and goes on', async () => {
    const { program, rest } = await serve({ settings: ['--worker_timeout_seconds=0.1'] });
    await using _ = program;
    const predict = (body: string): Promise<Response> =>
      fetch(`${rest}/v1/models/countdown:predict`, { method: 'POST', body });
    expect((await predict(LONG_RUN)).status).toBe(503);
    program.signal('SIGTERM');
    await expect(program.exited, program.output).resolves.toBe(0);
  });

  it('names a port that is taken, without a stack, and exits 1', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    const [free, taken] = [(await freePorts(1))[0], (server.address() as { port: number }).port];
    const flags = [`--port=${free}`, `--rest_api_port=${taken}`, '--host=127.0.0.1'];
    await using program = new Program('tensorfleet.ts', ['serve', `--model_repository=${repository.root}`, ...flags]);
    await expect(program.exited).resolves.toBe(1);
    server.close();
    expect(program.output).toContain(`port ${taken} is in use by another process`);
    expect(program.output).not.toMatch(/^\s+at /m);
  });
});

/** Resolves when the server has a request at work: its queue metrics say so, not a clock. */
async function running(rest: string): Promise<void> {
  for (;;) {
    const page = await (await fetch(`${rest}/monitoring/prometheus/metrics`)).text();
    if (/tensorfleet_requests_in_flight\{[^}]*\} 1/.test(page)) {
      return;
    }
  }
}

describe('npm start', () => {
  it.each([
    { name: 'run from elsewhere', args: [], text: 'examples/mnist' },
    { name: 'given a port that is no port', args: ['--port', 'x'], text: '--port' },
  ])('$name says so in a sentence', async ({ args, text }) => {
    const folder = await mkdtemp(join(tmpdir(), 'tensorfleet-start-'));
    await using program = new Program('start.ts', args, folder);
    expect(await program.exited).not.toBe(0);
    await rm(folder, { recursive: true });
    expect(program.output).toContain(text);
    expect(program.output).not.toMatch(/^\s+at /m);
  });
});
