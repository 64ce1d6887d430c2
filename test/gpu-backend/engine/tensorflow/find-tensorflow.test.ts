import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findTensorFlow } from '../../../../gpu-backend/src/engine/tensorflow/find-tensorflow.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'tensorfleet-find-tensorflow-'));
afterAll(() => rmSync(ROOT, { recursive: true }));

const WHEEL = ['libtensorflow_framework.so.2', 'libtensorflow_cc.so.2'];

/** A directory with empty files of these names. */
function directory(path: string, names: readonly string[] = WHEEL): string {
  const full = join(ROOT, path);
  mkdirSync(full, { recursive: true });
  for (const name of names) {
    writeFileSync(join(full, name), '');
  }
  return full;
}

const wheel = directory('old/lib/python3.9/site-packages/tensorflow');
const newer = directory('old/lib/python3.12/site-packages/tensorflow');
const packages = directory('packages/tensorflow');
const onPath = directory('python/lib/python3.11/dist-packages/tensorflow');
const home = directory('home/.local/lib/python3.11/site-packages/tensorflow');
const cPackage = directory('c/lib', ['libtensorflow_framework.so.2', 'libtensorflow.so.2']);
const half = directory('half', ['libtensorflow_cc.so.2']);
directory('python/bin', ['python3']);

const OLD = join(ROOT, 'old');
const PACKAGES = join(ROOT, 'packages');
const PATH = ['', join(ROOT, 'nowhere'), join(ROOT, 'python/bin')].join(delimiter);
const HOME = join(ROOT, 'home');

describe('findTensorFlow', () => {
  it.each([
    ['a directory of libraries', { TENSORFLOW_LIBRARY_PATH: wheel }, wheel],
    ['a C package', { TENSORFLOW_LIBRARY_PATH: join(ROOT, 'c') }, cPackage],
    ['a directory of Python packages', { TENSORFLOW_LIBRARY_PATH: PACKAGES }, packages],
    ['the newest Python of a virtual environment', { VIRTUAL_ENV: OLD, PYTHONPATH: PACKAGES }, newer],
    ['PYTHONPATH', { VIRTUAL_ENV: join(ROOT, 'gone'), PYTHONPATH: PACKAGES, PATH }, packages],
    ['the python3 on PATH', { PATH, HOME }, onPath],
    ['the user', { HOME }, home],
  ])('takes the libraries of %s', (_name, environment, expected) => {
    const found = findTensorFlow(environment);
    expect(found?.framework).toBe(join(expected, 'libtensorflow_framework.so.2'));
    expect(found?.library).toMatch(new RegExp(`^${expected}/libtensorflow(_cc)?\\.so\\.2$`));
  });

  it.each([
    ['a library without its framework', half],
    ['a directory that is not there', join(ROOT, 'gone')],
  ])('finds nothing in %s, and looks nowhere else when it was told where', (_name, path) => {
    expect(findTensorFlow({ TENSORFLOW_LIBRARY_PATH: path, VIRTUAL_ENV: OLD, PYTHONPATH: PACKAGES })).toBeUndefined();
  });
});
