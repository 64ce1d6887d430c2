import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { Program, ROOT, runCommand } from '../support/program.ts';
import { identityOf, writeSavedModel } from '../support/tiny-saved-model.ts';

const MNIST = join(ROOT, 'examples/mnist/saved_model');
const SCRATCH = mkdtempSync(join(tmpdir(), 'tensorfleet-commands-'));
afterAll(() => rmSync(SCRATCH, { recursive: true }));

/** A model with an op that nobody has. */
const REFUSED = writeSavedModel(join(SCRATCH, 'refused'), {
  ...identityOf('FP32'),
  nodes: { ...identityOf('FP32').nodes, y: { op: 'NoSuchOp', dtype: 'FP32', inputs: ['x'] } },
}).path;

function tensorfleet(...args: string[]): Promise<string> {
  return runCommand(ROOT, process.execPath, join(ROOT, 'scripts/src/tensorfleet.ts'), ...args);
}

async function failing(...args: string[]): Promise<{ readonly code: number | string; readonly output: string }> {
  await using program = new Program('tensorfleet.ts', args);
  return { code: await program.exited, output: program.output };
}

describe('tensorfleet inspect', () => {
  it('shows requests that a server answers, of the newest version', async () => {
    const { model, verdict, signatures } = JSON.parse(await tensorfleet('inspect', MNIST, '--json'));
    expect(verdict).toMatchObject({ engine: 'onnx', refusals: [] });
    const [grpc, rest] = await freePorts(2);
    const flags = [
      '--model_base_path',
      MNIST,
      '--model_name',
      model,
      '--port',
      `${grpc}`,
      '--rest_api_port',
      `${rest}`,
    ];
    await using server = new Program('tensorfleet.ts', ['serve', ...flags]);
    await server.printed('is in state available');
    for (const { requests } of signatures) {
      const command = requests.rest.command.replace('localhost:8501', `127.0.0.1:${rest}`);
      expect(JSON.parse(await runCommand(ROOT, 'sh', '-c', command))).toHaveProperty('predictions');
    }
  });

  it('writes plain text where nobody looks', async () => {
    const { code, output } = await failing('inspect', MNIST);
    expect(code).toBe(0);
    expect(output).toMatch(/^version 3 is the newest: .*saved_model\/3\n/);
    expect(output).toContain('engine       onnx: ONNX Runtime runs it, converted: 1 graph');
    expect(output).not.toContain('\u001b');
  });

  it('prints what the documentation shows', async () => {
    const shown = /^\$ tensorfleet inspect (\S+)\n(.*?)^```/ms.exec(
      readFileSync(join(ROOT, 'docs/saved-models.md'), 'utf8'),
    );
    const printed = await tensorfleet('inspect', shown?.[1] ?? '');
    expect(printed).toContain(shown?.[2] ?? 'no example');
  });

  it('shows what is in the way of a conversion', async () => {
    const { code, output } = await failing('inspect', REFUSED);
    expect(code).toBe(0);
    expect(output).toContain('in the way of a conversion\n  NoSuchOp: this op is not supported\n    y\n');
  });

  it.each([
    [['inspect', 's3://bucket/model'], /s3:\/\/ is for servers and publishing \(UNIMPLEMENTED\)/],
    [['inspect', join(MNIST, '1'), '--signature', 'nothing'], /no signature "nothing", it has: /],
    [['inspect', join(MNIST, '1'), '--tags', 'gpu'], /no graph with the tags \{gpu\}; it has: \{serve\}/],
  ])('says in one line what is wrong with %s', async (args, words) => {
    const { code, output } = await failing(...args);
    expect(code).toBe(1);
    expect(output).toMatch(words);
    expect(output.trim().split('\n')).toHaveLength(1);
  });
});

describe('tensorfleet convert', () => {
  it('writes graphs under the names of signatures, and not twice', async () => {
    const out = join(SCRATCH, 'converted');
    const output = await tensorfleet('convert', join(MNIST, '1'), out);
    const names = readdirSync(out);
    expect(names).toContain('programs.json');
    expect(names.filter((name) => name.endsWith('.onnx'))).toHaveLength(1);
    expect(output).toMatch(/^wrote \d files, .*, to .*converted in \d+\.\d\d s\n/);
    expect(output).toMatch(/signature serving_default: \w+\.onnx is all of it/);
    const again = await failing('convert', join(MNIST, '1'), out);
    expect(again).toMatchObject({
      code: 1,
      output: expect.stringContaining('a conversion already; --force replaces it'),
    });
    await tensorfleet('convert', join(MNIST, '1'), out, '--force');
  });

  it('leaves nothing behind for a model that it cannot convert', async () => {
    const { code, output } = await failing('convert', REFUSED, join(SCRATCH, 'none'));
    expect(code).toBe(1);
    expect(output).toMatch(/NoSuchOp \(node "y"\).*"tensorfleet inspect" lists all nodes/);
    expect(readdirSync(SCRATCH).filter((name) => name.includes('none'))).toEqual([]);
  });

  // Root may write everywhere.
  it.skipIf(process.getuid?.() === 0)('says where it may not write', async () => {
    const parent = join(SCRATCH, 'read-only');
    mkdirSync(parent);
    chmodSync(parent, 0o500);
    const { code, output } = await failing('convert', join(MNIST, '1'), join(parent, 'out'));
    expect(code).toBe(1);
    expect(output).toContain(`this process may not use "${join(parent, 'out')}"`);
  });
});
