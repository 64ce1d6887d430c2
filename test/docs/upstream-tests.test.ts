import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

/** The rows of every table: upstream's test, our file, our title. */
const rows = readFileSync(join(ROOT, 'docs/upstream-tests.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| upstream'))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')))
  .map(([, upstream = '', file = '', title = '', differs]) => ({ upstream, file, title, differs }));

describe('the table of upstream tests', () => {
  it('has four cells in every row', () => {
    expect(rows.filter(({ differs }) => differs === undefined)).toEqual([]);
  });

  it('names test files that exist', () => {
    const files = new Set(rows.map(({ file }) => file));
    expect([...files].filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('names titles as they stand in their files', () => {
    const missing = rows.filter(
      ({ file, title }) =>
        existsSync(join(ROOT, file)) && (title === '' || !readFileSync(join(ROOT, file), 'utf8').includes(title)),
    );
    expect(missing).toEqual([]);
  });
});
