import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { GraphFiles } from '../../../../gpu-backend/src/engine/conversion/graph-files.ts';

it('GraphFiles writes equal graphs once', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tensorfleet-graphs-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const files = new GraphFiles(directory);
  const names = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(1)].map((model) => files.write(model));
  expect(names).toEqual(['graph-0.onnx', 'graph-1.onnx', 'graph-0.onnx']);
  expect(readdirSync(directory).toSorted()).toEqual(['graph-0.onnx', 'graph-1.onnx']);
  expect([...readFileSync(join(directory, 'graph-1.onnx'))]).toEqual([2]);
});
