import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { silenceOnnxRuntime } from '../../config.ts';
import { ExitCode, fail } from '../../terminal/fail.ts';
import { processTerminal } from '../../terminal/terminal.ts';
import { machineFacts } from '../machine.ts';
import { renderMachine } from '../report.ts';
import { convModel } from './conv-model.ts';
import { type Contender, type LoadPoint, type Measurement, measure } from './measure.ts';
import { plot } from './plot.ts';

// `npm run bench:overload [-- seconds]`: offers servers more than they can do, prints a table, draws docs/overload.svg.
const LOADS = [0.5, 0.8, 1, 1.5, 2, 3, 5];
const DEFAULT_SECONDS = 10;
const PLOT = resolve(import.meta.dirname, '../../../../docs/overload.svg');

silenceOnnxRuntime();
const terminal = processTerminal();

async function main(seconds: number): Promise<void> {
  const facts = renderMachine(machineFacts());
  const repository = await mkdtemp(join(tmpdir(), 'tensorfleet-overload-'));
  try {
    const directory = join(repository, 'conv', '1');
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'model.onnx'), convModel());
    const contenders: readonly Contender[] = [
      { name: 'Tensorfleet', entry: entry('tensorfleet-rest-server'), args: [repository] },
      {
        name: 'a server that takes every request',
        entry: entry('naive-rest-server'),
        args: [join(directory, 'model.onnx')],
      },
    ];
    const measurements: Measurement[] = [];
    for (const contender of contenders) {
      terminal.err.line(`measuring ${contender.name}`);
      measurements.push(await measure(contender, LOADS, seconds));
    }
    terminal.out.line(`${facts}; ${seconds} s per load\n\n${table(measurements)}`);
    const capacities = measurements.map(({ name, capacity }) => `${name}: ${capacity.toFixed(0)}/s`).join(', ');
    await writeFile(PLOT, plot(measurements, `One core, callers that wait for 100 ms. Capacity: ${capacities}.`));
  } finally {
    await rm(repository, { recursive: true });
  }
}

function entry(name: string): URL {
  return new URL(`./${name}.ts`, import.meta.url);
}

const COLUMNS: readonly (readonly [string, (point: LoadPoint, measured: Measurement) => string])[] = [
  ['load', ({ load }) => `${load}×`],
  [
    'in time, of the capacity',
    ({ goodPerSecond }, { capacity }) => `${((100 * goodPerSecond) / capacity).toFixed(0)} %`,
  ],
  ['answers p50 / p99 ms', ({ p50Ms, p99Ms }) => `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(0)}`],
  ['refused', ({ refused }) => `${(100 * refused).toFixed(0)} %`],
  [
    'refusals p50 / p99 ms',
    ({ refused, refusalP50Ms, refusalP99Ms }) =>
      refused === 0 ? '-' : `${refusalP50Ms.toFixed(1)} / ${refusalP99Ms.toFixed(0)}`,
  ],
  ['first answer in time after', ({ recoveryMs }) => `${recoveryMs.toFixed(0)} ms`],
  ['memory', ({ megabytes }, { idleMegabytes }) => `${idleMegabytes.toFixed(0)} → ${megabytes.toFixed(0)} MB`],
];

/** In Markdown. */
function table(measurements: readonly Measurement[]): string {
  const titles = ['server', ...COLUMNS.map(([title]) => title)];
  const rows = measurements.flatMap((measured) =>
    measured.points.map((point) => [measured.name, ...COLUMNS.map(([, cell]) => cell(point, measured))]),
  );
  return [titles, titles.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

try {
  await main(Number(process.argv[2] ?? DEFAULT_SECONDS));
} catch (reason) {
  fail(terminal, reason);
  process.exitCode = ExitCode.Failed;
}
