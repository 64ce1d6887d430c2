import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../bench/seeded-random.ts';
import { processTerminal } from '../terminal/terminal.ts';
import { CANDIDATES, CHOSEN } from './candidates.ts';
import { type PlottedRun, plotRuns } from './plot.ts';
import { MODELS } from './recorded-models.ts';
import { DAY, SCENARIOS } from './scenarios.ts';
import { type SimulationResult, simulate } from './simulate.ts';

// `npm run simulate [-- --model mnist --day --rule <part of a name> --scenario <part of a name> --retry-after <s>]`: what
// scaling rules do to a fleet, as a table in Markdown, after minutes of computing; with `--plot`, docs/scaling.svg of the
// chosen rule.
const SEED = 7;
const PLOT = resolve(import.meta.dirname, '../../../docs/scaling.svg');

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'convolution' },
    day: { type: 'boolean', default: false },
    plot: { type: 'boolean', default: false },
    rule: { type: 'string', default: '' },
    scenario: { type: 'string', default: '' },
    'retry-after': { type: 'string', default: '30' },
  },
});
const terminal = processTerminal();
const model = values.model === 'mnist' ? MODELS.mnist : MODELS.convolution;
const scenarios = values.day ? [DAY] : SCENARIOS.filter(({ name }) => name.includes(values.scenario));
const rules = CANDIDATES.filter(({ name }) => (values.plot ? name === CHOSEN : name.includes(values.rule)));
const plotted: PlottedRun[] = [];

terminal.out.line(`${model.name}\n`);
terminal.out.line(`| rule | ${scenarios.map(({ name }) => name).join(' | ')} |`);
terminal.out.line(`|---${'|---'.repeat(scenarios.length)}|`);
for (const { name, create } of rules) {
  const cells: string[] = [];
  for (const scenario of scenarios) {
    const result = await simulate({
      scenario,
      curve: model.curve,
      rule: create(),
      random: seededRandom(SEED),
      retryAfterS: Number(values['retry-after']),
    });
    cells.push(cellOf(result));
    plotted.push({ title: scenario.name, timeline: result.timeline });
  }
  terminal.out.line(`| ${name} | ${cells.join(' | ')} |`);
}
if (values.plot) {
  await writeFile(
    PLOT,
    plotRuns(plotted, `Rule: ${CHOSEN}. Model: ${model.name}. Tasks start within four to five minutes.`),
  );
}

/** Median and p99 of the queue; requests that were not answered; instance hours and most tasks. */
function cellOf({ outcomes, queueP50Ms, queueP99Ms, instanceHours, mostTasks }: SimulationResult): string {
  const { arrived, answered } = outcomes;
  const turnedAway = (100 * (arrived - answered)) / arrived;
  return `${queueP50Ms.toFixed(0)}/${queueP99Ms.toFixed(0)} ms, ${turnedAway.toFixed(1)} %, ${instanceHours.toFixed(1)} h, ${mostTasks}`;
}
