import { parseArgs } from 'node:util';
import { seededRandom } from '../bench/seeded-random.ts';
import { processTerminal } from '../terminal/terminal.ts';
import { CANDIDATES } from './candidates.ts';
import { MODELS } from './recorded-models.ts';
import { DAY, SCENARIOS } from './scenarios.ts';
import { type SimulationResult, simulate } from './simulate.ts';

// `npm run simulate [-- --model mnist --day --only <part of a rule's name>]`: what the scaling rules do to a fleet, as a
// table in Markdown; minutes of computing.
const SEED = 7;

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'convolution' },
    day: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    scenario: { type: 'string', default: '' },
    'retry-after': { type: 'string', default: '30' },
  },
});
const terminal = processTerminal();
const model = values.model === 'mnist' ? MODELS.mnist : MODELS.convolution;
const scenarios = values.day ? [DAY] : SCENARIOS.filter(({ name }) => name.includes(values.scenario));

terminal.out.line(`${model.name}\n`);
terminal.out.line(`| rule | ${scenarios.map(({ name }) => name).join(' | ')} |`);
terminal.out.line(`|---${'|---'.repeat(scenarios.length)}|`);
for (const { name, create } of CANDIDATES.filter((candidate) => candidate.name.includes(values.only))) {
  const cells: string[] = [];
  for (const scenario of scenarios) {
    const random = seededRandom(SEED);
    const result = await simulate({
      ...{ scenario, random },
      curve: model.curve,
      rule: create(),
      retryAfterS: Number(values['retry-after']),
    });
    cells.push(cellOf(result));
  }
  terminal.out.line(`| ${name} | ${cells.join(' | ')} |`);
}

/** Median and p99 of the queue; requests that were not answered; instance hours and most tasks. */
function cellOf({ outcomes, queueP50Ms, queueP99Ms, instanceHours, mostTasks }: SimulationResult): string {
  const { arrived, answered } = outcomes;
  const turnedAway = (100 * (arrived - answered)) / arrived;
  return `${queueP50Ms.toFixed(0)}/${queueP99Ms.toFixed(0)} ms, ${turnedAway.toFixed(1)} %, ${instanceHours.toFixed(1)} h, ${mostTasks}`;
}
