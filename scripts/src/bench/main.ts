import { invalidArgument } from '@tensorfleet/core';
import { silenceOnnxRuntime } from '../config.ts';
import { ExitCode, fail } from '../terminal/fail.ts';
import { processTerminal } from '../terminal/terminal.ts';
import { BENCH_USAGE, parseBenchArguments } from './arguments.ts';
import { BENCH_CASES } from './cases/bench-cases.ts';
import { machineFacts } from './machine.ts';
import { type Finding, findingsOf, renderFindings, renderMachine } from './report.ts';
import { runCase } from './run-case.ts';

// `npm run bench -- [pattern] [--rounds n]`: measures, prints a table, judges nothing.
silenceOnnxRuntime();
const terminal = processTerminal();

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    terminal.out.line(BENCH_USAGE);
    return;
  }
  const { pattern, rounds } = parseBenchArguments(args);
  const chosen = BENCH_CASES.filter(({ name }) => pattern.test(name));
  if (chosen.length === 0) {
    throw invalidArgument(`no case matches ${pattern}; there are ${BENCH_CASES.map(({ name }) => name).join(', ')}`);
  }
  terminal.out.line(`${renderMachine(machineFacts())}; ${rounds} rounds\n`);
  const findings: Finding[] = [];
  for (const benchCase of chosen) {
    const reason = benchCase.skipReason?.();
    if (reason !== undefined) {
      terminal.err.line(`skipping ${benchCase.name}: ${reason}`);
      continue;
    }
    terminal.err.line(`measuring ${benchCase.name}`);
    findings.push(...findingsOf(await runCase(benchCase, rounds)));
  }
  terminal.out.line(renderFindings(findings, terminal.out.colours));
}

try {
  await main(process.argv.slice(2));
} catch (reason) {
  fail(terminal, reason);
  process.exitCode = ExitCode.Failed;
}
