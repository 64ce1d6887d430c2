import { type Image, resizeImage, toRgb } from '@tensorfleet/preprocess';
import { encode } from 'fast-png';
import type { Statement } from '../examples/examples.ts';
import type { WorstExample } from '../findings/worst-examples.ts';
import { html, type Markup } from './markup.ts';

/** Larger pictures are made smaller: 24 of them travel in one page. */
const MAX_SIDE = 160;
const SHOWN_VALUES = 6;

/** The worst examples as pictures where they are pictures, as a table otherwise. */
export function worstExamplesOf(worst: readonly WorstExample[], picture: (index: number) => Image | undefined): Markup {
  const figures = worst.flatMap((example) => {
    const image = picture(example.index);
    return image === undefined ? [] : [figure(example, image)];
  });
  return figures.length > 0 ? html`<div class="pictures">${figures}</div>` : table(worst);
}

function figure({ index, truth, said, baseline }: WorstExample, image: Image): Markup {
  const serving = baseline === undefined ? undefined : html`<br>serving: ${formatStatement(baseline)}`;
  const small = thumbnail(image);
  return html`<figure><img src="${dataUrl(small)}" width="96" height="${Math.round((96 * small.height) / small.width)}" alt="example ${index}, which is ${formatTruth(truth)}"${smooth(image)}>
<figcaption><b>${formatTruth(truth)}</b> read as <b>${formatStatement(said)}</b>${serving}<br><span class="note">example ${index}</span></figcaption></figure>
`;
}

/** Pictures of few pixels are shown as such. */
function smooth({ width }: Image): Markup | undefined {
  return width > MAX_SIDE / 2 ? undefined : html` class="pixels"`;
}

function thumbnail(image: Image): Image {
  const scale = MAX_SIDE / Math.max(image.width, image.height);
  if (scale >= 1) {
    return image;
  }
  const side = (pixels: number): number => Math.max(1, Math.round(pixels * scale));
  return resizeImage(isOpaque(image) ? image : toRgb(image), side(image.width), side(image.height), 'bilinear');
}

function isOpaque(image: Image): image is Image<1> | Image<3> {
  return image.channels !== 4;
}

function dataUrl({ width, height, channels, data }: Image): string {
  const png = encode({ width, height, channels, data: Uint8Array.from(data) });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

function table(worst: readonly WorstExample[]): Markup {
  const rows = worst.map(
    ({ index, truth, said, baseline, error }) =>
      html`<tr><td class="number">${index}</td><td>${formatTruth(truth)}</td><td>${formatStatement(said)}</td><td>${baseline === undefined ? '-' : formatStatement(baseline)}</td><td class="number">${short(error)}</td></tr>\n`,
  );
  return html`<div class="scroll"><table>
<thead><tr><th scope="col" class="number">example</th><th scope="col">should be</th><th scope="col">candidate</th><th scope="col">serving</th><th scope="col" class="number">mean absolute error</th></tr></thead>
<tbody>
${rows}</tbody></table></div>`;
}

/** The label, or the first values. */
function formatTruth(statement: Statement): string {
  if (statement.kind === 'label') {
    return statement.label;
  }
  const { values } = statement;
  return Array.from(values.subarray(0, SHOWN_VALUES), short).join(' ') + (values.length > SHOWN_VALUES ? ' …' : '');
}

/** With its score, where it has one. */
function formatStatement(statement: Statement): string {
  const score = statement.kind === 'label' && !Number.isNaN(statement.score) ? ` (${statement.score.toFixed(2)})` : '';
  return `${formatTruth(statement)}${score}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
