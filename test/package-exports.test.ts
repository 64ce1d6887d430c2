import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const packages = [
  'package.json',
  ...globSync('{layers/*,functions,gpu-backend,scripts}/package.json', { cwd: ROOT }),
].map((path) => ({ path, json: JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as PackageJson }));

describe.each(packages)('$path', ({ path, json }) => {
  it('points at files that exist', () => {
    const targets = [...Object.values(json.exports ?? {}), ...Object.values(json.bin ?? {})];
    expect(targets.filter((target) => !existsSync(join(ROOT, dirname(path), target)))).toEqual([]);
  });

  it('pins exact versions', () => {
    const all = { ...json.dependencies, ...json.devDependencies };
    expect(Object.entries(all).filter(([, version]) => !/^(npm:[^@]+@)?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});
