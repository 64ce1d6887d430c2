import Table from 'cli-table3';
import type { Colours } from './terminal.ts';

/** Columns two spaces apart, no rules: reads well and is easily cut by other programs. */
const PLAIN_CHARS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

/** A column; numbers stand right. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Text, perhaps in a colour, which is put on after the text was made printable. */
export type Cell = string | { readonly text: string; readonly style: (text: string) => string };

/** The rows under their titles, as wide as their contents, without an end of line. Each cell becomes one line. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly Cell[])[], colours: Colours): string {
  const table = new Table({
    head: columns.map(({ title }) => colours.dim(title)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: PLAIN_CHARS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => row.map(renderCell)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function renderCell(cell: Cell): string {
  return typeof cell === 'string' ? oneLine(cell) : cell.style(oneLine(cell.text));
}

/** Names and errors come from files and servers: line ends and escape sequences would spoil the terminal. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
