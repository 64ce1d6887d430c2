import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { Program } from '../support/program.ts';

let repository: TemporaryRepository;

beforeAll(async () => {
  repository = await TemporaryRepository.create();
  await repository.addFixture('countdown');
});

afterAll(() => repository[Symbol.asyncDispose]());

async function serve(): Promise<{
  readonly program: Program;
  readonly rest: string;
  readonly ports: readonly number[];
}> {
  const ports = await freePorts(2);
  const flags = [`--port=${ports[0]}`, `--rest_api_port=${ports[1]}`, '--host=127.0.0.1'];
  const program = new Program('tensorfleet.ts', ['serve', `--model_repository=${repository.root}`, ...flags]);
  await program.printed('is in state available');
  return { program, rest: `http://127.0.0.1:${ports[1]}`, ports };
}

describe('tensorfleet serve', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('answers the request in flight on %s and exits 0', async (signal) => {
    const { program, rest } = await serve();
    await using _ = program;
    const body = '{"inputs": [300000]}';
    const answer = fetch(`${rest}/v1/models/countdown:predict`, { method: 'POST', body });
    await running(rest);
    program.signal(signal);
    await expect(answer.then((response) => response.json())).resolves.toEqual({ outputs: [300_000] });
    await expect(program.exited).resolves.toBe(0);
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
