import { expect, it } from 'vitest';
import { wrapped } from '../../../scripts/src/inspection/wrapped.ts';

it('wrapped fills lines of 80 columns by the width that is seen', () => {
  const items = Array.from({ length: 20 }, (_, index) => `op${index}`.padEnd(13, '.'));
  const lines = wrapped(
    items,
    items.map(() => 13),
  );
  expect(lines.map((line) => line.length)).toEqual([75, 75, 75, 75]);
  expect(wrapped(['x'.repeat(99), 'y'], [1, 1])).toHaveLength(1);
  expect(wrapped(['x'.repeat(99), 'y'], [99, 1])).toHaveLength(2);
  expect(wrapped([], [])).toEqual([]);
});
