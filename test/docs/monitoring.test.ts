import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { setUp } from '../gpu-backend/metrics/metrics-under-test.ts';

const TEXT = readFileSync(join(resolve(import.meta.dirname, '../..'), 'docs/monitoring.md'), 'utf8');

test('docs/monitoring.md lists the metrics of the server, with their types, labels and meanings', () => {
  const listed = TEXT.split('\n').filter((line) => /^\| `(tensorfleet_(?!gateway_)|nv_|:)/.test(line));
  const exposed = setUp()
    .metrics.descriptions()
    .map(({ name, type, labelNames, help }) => {
      return `| \`${name}\` | ${type} | ${labelNames.map((label) => `\`${label}\``).join(', ')} | ${help} |`;
    });
  expect(listed.toSorted()).toEqual(exposed.toSorted());
});
