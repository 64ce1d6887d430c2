import { type Confusion, commonestMistakes } from '../findings/confusion.ts';
import { html, type Markup } from './markup.ts';

/** A wider matrix is no longer read; then the commonest mistakes are listed. */
const MAX_LABELS = 20;
const MAX_MISTAKES = 20;

/** The counts that get the full colour; rights and mistakes have their own, or the many rights would hide the rest. */
export interface ConfusionScale {
  readonly right: number;
  readonly wrong: number;
}

/** One scale for several, so that equal counts look equal. */
export function scaleOf(confusions: readonly Confusion[]): ConfusionScale {
  const cells = confusions.flatMap(({ counts }) =>
    counts.flatMap((row, truth) => row.map((count, said) => ({ count, isRight: said === truth }))),
  );
  const most = (wanted: boolean): number =>
    cells.reduce((highest, { count, isRight }) => (isRight === wanted ? Math.max(highest, count) : highest), 1);
  return { right: most(true), wrong: most(false) };
}

/** Which label was read as which; of many labels the commonest mistakes only. */
export function confusionTable(confusion: Confusion, scale: ConfusionScale, name: string): Markup {
  return confusion.labels.length > MAX_LABELS ? mistakesTable(confusion, name) : matrix(confusion, scale, name);
}

function matrix({ labels, counts }: Confusion, scale: ConfusionScale, name: string): Markup {
  const rows = counts.map((row, truth) => {
    const cells = row.map((count, said) => {
      const kind = said === truth ? 'right' : 'wrong';
      const shade = Math.round((100 * count) / scale[kind]);
      return count === 0
        ? html`<td class="none">·</td>`
        : html`<td class="${kind}" style="--shade:${shade}%">${count}</td>`;
    });
    return html`<tr><th scope="row">${labels[truth]}</th>${cells}</tr>\n`;
  });
  return html`<div class="scroll"><table class="confusion">
<caption>${name}</caption>
<thead><tr><td></td>${labels.map((label) => html`<th scope="col">${label}</th>`)}</tr></thead>
<tbody>
${rows}</tbody></table></div>`;
}

function mistakesTable(confusion: Confusion, name: string): Markup {
  const mistakes = commonestMistakes(confusion, MAX_MISTAKES);
  const rows = mistakes.map(
    ({ truth, said, count }) => html`<tr><td>${truth}</td><td>${said}</td><td class="number">${count}</td></tr>\n`,
  );
  return html`<div class="scroll"><table>
<caption>${name}: the commonest mistakes among ${confusion.labels.length} labels</caption>
<thead><tr><th scope="col">right</th><th scope="col">read as</th><th scope="col" class="number">times</th></tr></thead>
<tbody>
${rows}</tbody></table></div>`;
}
