import { Command, CommanderError } from 'commander';
import { normaliseFlags, wholeNumber } from '../flags.ts';
import { onInterrupt, untilAborted } from '../interrupt.ts';
import { sayPortInUse } from '../port-in-use.ts';
import { ExitCode, fail } from '../terminal/fail.ts';
import { formatTime } from '../terminal/format.ts';
import { oneLine } from '../terminal/table.ts';
import { processTerminal, type Terminal } from '../terminal/terminal.ts';
import { type LocalPorts, startLocalFleet } from './local-fleet.ts';
import { renderScreen } from './screen.ts';
import { CONVERSIONS, prepareWorkingCopy, testErrorOf, WORKING_COPY } from './working-copy.ts';

const MAX_PORT = 65_535;
const PORT_STEP =
  'stop it (another npm start?), or choose others: npm start -- --port 9500 --rest-api-port 9501 --gateway-port 4000';

const EXAMPLES = `
Examples:
  $ npm start
  $ npm start -- --port 9500 --rest-api-port 9501 --gateway-port 4000`;

/** Runs the whole fleet until Ctrl-C or SIGTERM and resolves with the process's exit code; never rejects. */
export async function runStart(args: readonly string[], terminal = processTerminal()): Promise<ExitCode> {
  try {
    const command = startCommand();
    command.parse(normaliseFlags(args, new Set(command.options.map(({ long }) => long ?? ''))), { from: 'user' });
    return await start(command.opts<LocalPorts>(), terminal);
  } catch (reason) {
    if (reason instanceof CommanderError) {
      return reason.exitCode === 0 ? ExitCode.Ok : ExitCode.Usage;
    }
    fail(terminal, reason);
    return ExitCode.Failed;
  }
}

function startCommand(): Command {
  const port = wholeNumber(1, MAX_PORT);
  return new Command('npm start --')
    .description('Run a model server and a gateway on this machine, with a model that reads handwritten digits.')
    .option('--port <n>', 'gRPC port of the model server', port, 8500)
    .option('--rest-api-port <n>', 'REST port of the model server', port, 8501)
    .option('--gateway-port <n>', 'port of the gateway', port, 3000)
    .addHelpText('after', EXAMPLES)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'tensorfleet: ')) })
    .exitOverride();
}

async function start(ports: LocalPorts, terminal: Terminal): Promise<ExitCode> {
  using interrupt = onInterrupt(['SIGINT', 'SIGTERM']);
  const { signal } = interrupt;
  try {
    await run(ports, terminal, signal);
    return ExitCode.Ok;
  } catch (reason) {
    if (signal.aborted) {
      return ExitCode.Interrupted;
    }
    throw sayPortInUse(reason, PORT_STEP);
  }
}

async function run(ports: LocalPorts, { out }: Terminal, signal: AbortSignal): Promise<void> {
  const folder = process.cwd();
  const say = (text: string): void => {
    out.line(`  ${out.colours.dim(formatTime(new Date()))}  ${oneLine(text)}`);
  };
  await prepareWorkingCopy(folder);
  await using fleet = await startLocalFleet({ ports, repository: WORKING_COPY, conversions: CONVERSIONS, signal, say });
  const { served } = fleet;
  const testError = await testErrorOf(folder, served);
  const facts = { ports, repository: WORKING_COPY, served, testError, uptimeMs: process.uptime() * 1000 };
  out.line(renderScreen(facts, out.colours));
  await untilAborted(signal);
  out.line('');
  say('finishing the requests in flight');
}
