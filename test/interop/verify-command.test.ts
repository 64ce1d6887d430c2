import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Program, ROOT, runCommand } from '../support/program.ts';
import { TENSORFLOW, TENSORFLOW_REASON } from '../support/tensorflow.ts';
import { HALF_PLUS_TWO, identityOf, writeSavedModel } from '../support/tiny-saved-model.ts';

const SCRATCH = mkdtempSync(join(tmpdir(), 'tensorfleet-verify-'));
afterAll(() => rmSync(SCRATCH, { recursive: true }));

const HALF = writeSavedModel(join(SCRATCH, 'half'), HALF_PLUS_TWO).path;
const COMMAND = join(ROOT, 'scripts/src/tensorfleet.ts');

describe.skipIf(TENSORFLOW === undefined)(`tensorfleet verify${TENSORFLOW_REASON}`, () => {
  it('compares numbers', async () => {
    expect(await runCommand(ROOT, process.execPath, COMMAND, 'verify', HALF, '--rows', '7')).toBe(
      [
        'signature serving_default: the same',
        'output  type     max abs  max rel  differ',
        'y       FP32[7]        0        0  0 of 7',
        '',
      ].join('\n'),
    );
  });

  it('compares strings', async () => {
    const strings = writeSavedModel(join(SCRATCH, 'strings'), identityOf('STRING')).path;
    const [result] = JSON.parse(await runCommand(ROOT, process.execPath, COMMAND, 'verify', strings, '--json'));
    expect(result).toMatchObject({ verdict: 'same', outputs: [{ elements: 8, differing: 0, maxAbsolute: null }] });
  });

  it('takes recorded requests', async () => {
    const request = join(SCRATCH, 'request.json');
    writeFileSync(request, '{"instances": [1, 2, 3]}');
    const output = await runCommand(ROOT, process.execPath, COMMAND, 'verify', HALF, '--inputs', request);
    expect(output).toContain('0 of 3');
  });

  it('refuses inputs that do not fit, in one line', async () => {
    const request = join(SCRATCH, 'wrong.json');
    writeFileSync(request, '{"inputs": {"z": [1]}}');
    await using program = new Program('tensorfleet.ts', ['verify', HALF, '--inputs', request]);
    expect(await program.exited).toBe(1);
    expect(program.output).toContain('tensorfleet: ');
  });
});
