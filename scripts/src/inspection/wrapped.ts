const COLUMNS = 80;
const INDENT = '  ';
const GAP = '  ';

/** The items in lines of at most 80 columns; `widths` has the visible width of each. */
export function wrapped(items: readonly string[], widths: readonly number[]): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  items.forEach((item, index) => {
    const width = widths[index] ?? item.length;
    if (line !== '' && used + GAP.length + width > COLUMNS) {
      lines.push(line);
      line = '';
    }
    used = line === '' ? INDENT.length + width : used + GAP.length + width;
    line = line === '' ? INDENT + item : line + GAP + item;
  });
  return line === '' ? lines : [...lines, line];
}
