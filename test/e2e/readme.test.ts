import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withConfigurationTables } from '../../scripts/src/docs/readme.ts';
import { freePorts } from '../support/free-ports.ts';
import { Program, ROOT, runCommand } from '../support/program.ts';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** What is not for a test: it installs, runs everything, or packages (which has a test of its own). */
const NOT_RUN = /^npm (ci|cit|run package)/;

function blocks(language: string): readonly string[] {
  return Array.from(README.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms')), (match) => match[1] ?? '');
}

let folder: string;
let program: Program;
let ports: readonly number[];

/** The README with the ports of this run. */
function withPorts(code: string): string {
  const [grpc, rest, gateway] = ports;
  return code
    .replaceAll('localhost:8500', `127.0.0.1:${grpc}`)
    .replaceAll('localhost:8501', `127.0.0.1:${rest}`)
    .replaceAll('localhost:3000', `127.0.0.1:${gateway}`)
    .replaceAll(/^(npx tensorfleet (?:predict|evaluate|status).*)$/gm, `$1 --to http://127.0.0.1:${gateway}`);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tensorfleet-readme-'));
  await cp(join(ROOT, 'examples'), join(folder, 'examples'), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  ports = await freePorts(3);
  const [grpc, rest, gateway] = ports;
  const flags = ['--port', `${grpc}`, '--rest-api-port', `${rest}`, '--gateway-port', `${gateway}`];
  program = new Program('start.ts', flags, folder);
  await program.printed('Ctrl-C ends it');
});

afterAll(async () => {
  await program[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe('the README', () => {
  it('begins with the two commands', () => {
    expect(blocks('sh')[0]).toMatch(/^npm ci && npm start .*\nnpm cit /);
  });

  it('shows the configuration as it is', () => {
    expect(withConfigurationTables(README)).toBe(README);
  });

  it('shows the answer that its first request gets', async () => {
    const answer = JSON.parse(await runCommand(folder, 'bash', '-c', withPorts(blocks('sh')[1] ?? '')));
    const shown = JSON.parse(blocks('json')[0] ?? '');
    const rounded = JSON.parse(JSON.stringify(answer), (key, value) =>
      key === 'score' ? Number(value.toPrecision(3)) : value,
    );
    expect(rounded).toEqual(shown);
  });

  it('has commands that run as they are, in their order', async () => {
    const scripts = blocks('sh')
      .slice(2)
      .filter((block) => !NOT_RUN.test(block));
    expect(scripts.length).toBeGreaterThan(1);
    for (const script of scripts) {
      await runCommand(folder, 'bash', '-ec', withPorts(script));
    }
  });

  it('has TypeScript that runs as it is', async () => {
    const path = join(folder, 'readme.mts');
    await writeFile(path, withPorts(blocks('ts')[0] ?? ''));
    expect(await runCommand(folder, process.execPath, path)).toMatch(/^[1-3] Float32Array\(10\)/);
  });
});
