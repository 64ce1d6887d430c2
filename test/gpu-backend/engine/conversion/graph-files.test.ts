import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GraphFiles } from '../../../../gpu-backend/src/engine/conversion/graph-files.ts';

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tensorfleet-graphs-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** The names that different graphs get. */
function namesOf(hints: readonly string[]): readonly string[] {
  const files = new GraphFiles(temporaryDirectory());
  return hints.map((hint, index) => files.write(Uint8Array.of(index), hint));
}

describe('GraphFiles', () => {
  it('writes equal graphs once', () => {
    const directory = temporaryDirectory();
    const files = new GraphFiles(directory);
    const models = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(1)];
    const names = models.map((model, index) => files.write(model, `signature${index}`));
    expect(names).toEqual(['signature0.onnx', 'signature1.onnx', 'signature0.onnx']);
    expect(readdirSync(directory).toSorted()).toEqual(['signature0.onnx', 'signature1.onnx']);
    expect([...readFileSync(join(directory, 'signature1.onnx'))]).toEqual([2]);
  });

  it.each([
    ['serving_default', 'serving_default.onnx'],
    ['my signature/1', 'my_signature_1.onnx'],
    ['../../etc', '_._.._etc.onnx'],
    ['-rf', '_rf.onnx'],
    ['', '_.onnx'],
    ['größe', 'gr__e.onnx'],
    ['x'.repeat(300), `${'x'.repeat(100)}.onnx`],
  ])('names a graph like "%s"', (hint, name) => {
    expect(namesOf([hint])).toEqual([name]);
  });

  it('gives no name twice, nor one that differs in its case only', () => {
    expect(namesOf(['a/b', 'a b', 'A_b', 'c'])).toEqual(['a_b.onnx', 'a_b.1.onnx', 'A_b.2.onnx', 'c.onnx']);
  });
});
