import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { renderTable } from '../../../scripts/src/terminal/table.ts';

const PLAIN = picocolors.createColors(false);
const COLOURED = picocolors.createColors(true);
const COLUMNS = [{ title: 'file' }, { title: 'ms', align: 'right' }] as const;

describe('renderTable', () => {
  it('sets columns two spaces apart, numbers to the right, and ends no line with spaces', () => {
    const text = renderTable(
      COLUMNS,
      [
        ['a.png', '7'],
        ['long-name.png', '12.5'],
      ],
      PLAIN,
    );
    expect(text.split('\n')).toEqual(['file             ms', 'a.png             7', 'long-name.png  12.5']);
  });

  it('is its titles when there are no rows', () => {
    expect(renderTable(COLUMNS, [], PLAIN)).toBe('file  ms');
  });

  it('keeps columns straight under colours', () => {
    const rows = [
      [{ text: 'a', style: COLOURED.green }, '1'],
      ['bb', '2'],
    ] as const;
    const [, first, second] = renderTable([{ title: 'x' }, { title: 'y' }], rows, COLOURED).split('\n');
    expect(first).toBe(`${COLOURED.green('a')}   1`);
    expect(second).toBe('bb  2');
  });

  it('lets no cell break the line or steer the terminal', () => {
    const text = renderTable([{ title: 'x' }, { title: 'y' }], [['a\nb\u2028c', '\u001b[2Jd']], PLAIN);
    expect(text.split('\n')).toHaveLength(2);
    expect(text).toContain('a b c');
    expect(text).not.toContain('\u001b');
  });
});
