import { renderTable } from '../terminal/table.ts';
import type { Colours } from '../terminal/terminal.ts';
import type { Finding } from './finding.ts';

/** A table of the findings, then what to do, in their order. */
export function renderFindings(findings: readonly Finding[], colours: Colours): string {
  const style = { ok: colours.green, warn: colours.yellow, fail: colours.red };
  const rows = findings.map(({ name, status, what }) => [{ text: status, style: style[status] }, name, what]);
  const table = renderTable([{ title: '' }, { title: 'check' }, { title: 'found' }], rows, colours);
  const steps = findings.filter(({ next }) => next !== '').map(({ name, next }) => `  ${colours.bold(name)}: ${next}`);
  return steps.length === 0 ? table : `${table}\n\nnext:\n${steps.join('\n')}`;
}
