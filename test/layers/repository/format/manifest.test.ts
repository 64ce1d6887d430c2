import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readManifest } from '../../../../layers/repository/src/disk/read-manifest.ts';
import { parseManifest } from '../../../../layers/repository/src/format/manifest.ts';

const SHA = 'a'.repeat(64);

function filesOf(...paths: string[]): string {
  return JSON.stringify({ format: 1, files: paths.map((path) => ({ path, bytes: 1, sha256: SHA })) });
}

describe('parseManifest', () => {
  it('takes everything that may travel with a version', () => {
    const manifest = {
      format: 1,
      files: [{ path: 'variables/a', bytes: 0, sha256: SHA }],
      preprocess: { image: { width: 28, mean: [0.5] } },
      postprocess: { labels: ['cat', null] },
      batching: { max_batch_size: 32, allowed_batch_sizes: [1, 32] },
      warmup: [{ signature_name: 's', instances: [1] }, { inputs: { x: [[1]] } }],
      signatures: {
        classify: {
          method: 'classify',
          run: 'serving_default',
          examples: { x: { feature: 'pixels', dtype: 'float', shape: [null, 28], default: [0] } },
          outputs: { scores: 'y' },
          labels: ['a', 'b'],
        },
        other: { method: 'predict', outputs: { any: 'y' } },
      },
      metrics: { test_error: 0.13 },
    };
    expect(parseManifest(JSON.stringify(manifest), 'here')).toEqual(manifest);
  });

  it.each(['', '{', '{"format": 1', 'null x', '\u0000'])('throws DATA_LOSS for %j, which is not JSON', (text) => {
    expect(() => parseManifest(text, 'm/manifest.json')).toThrow(
      expect.objectContaining({ code: Code.DataLoss, message: '"m/manifest.json" is not JSON' }),
    );
  });

  it.each([
    ['null', 'it is null'],
    ['[]', 'it is a list of 0'],
    ['{}', 'format is missing'],
    ['{"format": 2}', 'format is 2'],
    ['{"format": 1, "colour": 1}', '"colour"'],
    ['{"format": 1, "metrics": {"test_error": "low"}}', 'metrics.test_error is "low"'],
    ['{"format": 1, "warmup": [{"instances": [1], "inputs": [1]}]}', 'must have either instances or inputs'],
    ['{"format": 1, "warmup": [{"instances": [1], "signature": "s"}]}', 'signature'],
    ['{"format": 1, "batching": {"max_batch_size": 0}}', 'batching.max_batch_size is 0'],
    ['{"format": 1, "batching": {"max_batch_size": 1e400}}', 'batching.max_batch_size is null'],
    ['{"format": 1, "files": [{"path": "a", "bytes": -1, "sha256": "x"}]}', 'files[0].bytes is -1'],
    ['{"format": 1, "files": [{"path": "a", "bytes": -1, "sha256": "x"}]}', 'files[0].sha256 is "x"'],
    ['{"format": 1, "__proto__": {}}', '"__proto__"'],
    ['{"format": 1, "signatures": {"c": {}}}', 'signatures.c.method is missing'],
    ['{"format": 1, "signatures": {"c": {"method": "guess"}}}', 'signatures.c.method is "guess"'],
    ['{"format": 1, "signatures": {"c": {"method": "predict", "input": "x"}}}', 'signatures.c is an object'],
    [
      '{"format": 1, "signatures": {"c": {"method": "regress", "examples": {"x": {"feature": "x", "shape": [1, null]}}}}}',
      'signatures.c.examples.x.shape is a list of 2: only the first dimension may be null',
    ],
    [
      '{"format": 1, "signatures": {"c": {"method": "regress", "outputs": {"scores": "y"}}}}',
      'signatures.c.outputs.scores is "y": a regress signature has no such output, only outputs',
    ],
    [
      '{"format": 1, "signatures": {"c": {"method": "regress", "labels": ["a"]}}}',
      'signatures.c.labels is a list of 1: only a classify signature',
    ],
    [filesOf('a', 'b', 'a'), 'files is a list of 3: must not list a path twice'],
    [filesOf('manifest.json'), 'must not be the manifest itself'],
  ])('throws INVALID_ARGUMENT for %s with key and value', (text, problem) => {
    expect(() => parseManifest(text, 'm/manifest.json')).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(problem) }),
    );
  });

  it.each(['/etc/passwd', '../a', 'a/../../b', 'a//b', './a', 'a/', '', '..', 'a\\b', 'a\0', 'a\nb'])(
    'refuses the path %j, which is not inside the version',
    (path) => {
      expect(() => parseManifest(filesOf(path), 'here')).toThrow(
        expect.objectContaining({ code: Code.InvalidArgument }),
      );
    },
  );

  it('throws INVALID_ARGUMENT for values that are nested beyond all bounds', () => {
    const deep = `{"format": 1, "preprocess": {"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
    expect(() => parseManifest(deep, 'here')).toThrow(expect.objectContaining({ code: Code.InvalidArgument }));
  });

  it('names at most eight problems', () => {
    const keys = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`metric${index}`, 'high']));
    const text = JSON.stringify({ format: 1, metrics: keys });
    expect(() => parseManifest(text, 'here')).toThrow(/metric7(?!.*metric8)/);
  });
});

describe('readManifest', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tensorfleet-manifest-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('is undefined where there is no manifest', async () => {
    expect(await readManifest(directory)).toBeUndefined();
  });

  it('reads the manifest of a directory', async () => {
    await writeFile(join(directory, 'manifest.json'), '{"format": 1}');
    expect(await readManifest(directory)).toEqual({ format: 1 });
  });

  it('throws FAILED_PRECONDITION for a link, unless it stays in the tree', async () => {
    await writeFile(join(directory, 'other.json'), '{"format": 1}');
    await symlink('other.json', join(directory, 'manifest.json'));
    await expect(readManifest(directory)).rejects.toMatchObject({ code: Code.FailedPrecondition });
    expect(await readManifest(directory, directory)).toEqual({ format: 1 });
  });

  it('throws RESOURCE_EXHAUSTED beyond 16 MiB without reading it', async () => {
    const path = join(directory, 'manifest.json');
    await writeFile(path, '');
    await truncate(path, 2 ** 40);
    await expect(readManifest(directory)).rejects.toMatchObject({ code: Code.ResourceExhausted });
  });
});
