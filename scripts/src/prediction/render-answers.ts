import type { Answer } from '../fleet/answer.ts';
import type { OutputSummary } from '../fleet/output-summary.ts';
import { formatMs, formatScore } from '../terminal/format.ts';
import { type Cell, renderTable } from '../terminal/table.ts';
import type { Colours } from '../terminal/terminal.ts';

export interface TimedAnswer {
  readonly file: string;
  readonly answer: Answer;
  readonly durationMs: number;
}

/** Answers with labels in one table, other answers in another, without an end of line. */
export function renderAnswers(answers: readonly TimedAnswer[], colours: Colours, top?: number): string {
  const labelled = answers.flatMap((answered) => labelRows(answered, colours, top));
  const others = answers.flatMap(outputRows);
  const tables = [
    ...(labelled.length === 0 ? [] : [renderTable(LABEL_COLUMNS, labelled, colours)]),
    ...(others.length === 0 ? [] : [renderTable(OUTPUT_COLUMNS, others, colours)]),
  ];
  return tables.join('\n\n');
}

const LABEL_COLUMNS = [
  { title: 'file' },
  { title: 'label' },
  { title: 'score', align: 'right' },
  { title: 'top' },
  { title: 'version', align: 'right' },
  { title: 'ms', align: 'right' },
] as const;

const OUTPUT_COLUMNS = [
  { title: 'file' },
  { title: 'output' },
  { title: 'dtype' },
  { title: 'shape' },
  { title: 'values' },
  { title: 'version', align: 'right' },
  { title: 'ms', align: 'right' },
] as const;

function labelRows({ file, answer, durationMs }: TimedAnswer, colours: Colours, top?: number): readonly Cell[][] {
  if (answer.kind !== 'labels') {
    return [];
  }
  return answer.predictions.map((prediction) => [
    file,
    { text: prediction.label, style: colours.bold },
    formatScore(prediction.score),
    prediction.top
      .slice(0, top)
      .map(({ label, score }) => `${label} ${formatScore(score)}`)
      .join(', '),
    versionText(answer),
    formatMs(durationMs),
  ]);
}

function outputRows({ file, answer, durationMs }: TimedAnswer): readonly string[][] {
  if (answer.kind !== 'outputs') {
    return [];
  }
  return answer.outputs.map(({ name, dtype, shape, values }: OutputSummary) => [
    file,
    name === '' ? '-' : name,
    dtype === '' ? '-' : dtype,
    shape,
    values,
    versionText(answer),
    formatMs(durationMs),
  ]);
}

function versionText({ version }: Answer): string {
  return version === undefined ? '-' : String(version);
}

/** An answer in half a line: the label, or the first values. */
export function briefAnswer(answer: Answer): string {
  const said =
    answer.kind === 'labels'
      ? answer.predictions.map(({ label }) => label).join(', ')
      : answer.outputs.map(({ name, values }) => `${name}${name === '' ? '' : ' '}${values}`).join(', ');
  return `version ${versionText(answer)} says ${said}`;
}
