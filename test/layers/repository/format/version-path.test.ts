import { describe, expect, it } from 'vitest';
import { clashingPath, isVersionPath } from '../../../../layers/repository/src/format/version-path.ts';

describe('isVersionPath', () => {
  it.each([
    'model.onnx',
    'variables/variables.index',
    'a b/ü.bin',
    '...',
    '.hidden',
    'assets.extra/x',
    `${'a/'.repeat(16)}b`,
  ])('holds for %j', (path) => {
    expect(isVersionPath(path)).toBe(true);
  });

  it.each([
    '',
    '.',
    '..',
    '../x',
    'a/../b',
    'a/./b',
    'a//b',
    '/etc/passwd',
    'a/',
    'a\\b',
    'a\0b',
    'a\nb',
    'a\u0085b',
    `${'a/'.repeat(17)}b`,
  ])('does not hold for %j', (path) => {
    expect(isVersionPath(path)).toBe(false);
  });
});

describe('clashingPath', () => {
  it.each([
    [['a', 'b/c', 'b/d', 'bb'], undefined],
    [['a/b', 'a'], 'a/b'],
    [['a/b/c/d', 'a/b'], 'a/b/c/d'],
    [['a/b', 'a/bc'], undefined],
  ])('of %j is %j', (paths, expected) => {
    expect(clashingPath(paths)).toBe(expected);
  });
});
