import { Code, StatusError } from '@tensorfleet/core';
import {
  composeGateway,
  createPrometheusMetrics,
  type GatewayConfig,
  gatewayConfigSchema,
  resolveGatewayConfig,
  startGateway,
  startInternalServer,
} from '@tensorfleet/functions';
import type { Command } from 'commander';
import { toJSONSchema } from 'zod/mini';
import { gatewayEnvironment } from '../config.ts';
import { positiveNumber, wholeNumber } from '../flags.ts';
import { onInterrupt, untilAborted } from '../interrupt.ts';
import { sayPortInUse } from '../port-in-use.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { CommandContext } from './command-context.ts';
import { schemaOptions } from './schema-options.ts';

const EXAMPLES = `
Every setting is a variable of the environment, too, in capitals: FLEET_TARGET. Options win. SIGTERM and Ctrl-C drain the
gateway: requests in flight are answered before it ends.

Examples:
  $ tensorfleet gateway --fleet_target localhost:8500
  $ FLEET_TARGET=dns:///tensorfleet-fleet:8500 tensorfleet gateway --port 8080`;

/** Of what the gateway measures, the counters that rules look for before anything has happened. */
const KNOWN_COUNTERS = ['RequestCount', 'ServerErrors', 'NoBackend'];

interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly internal_port: number;
  readonly drain_timeout_seconds: number;
}

type Flags = ListenOptions & Readonly<Record<string, unknown>>;

export function addGateway(program: Command, { terminal }: CommandContext): void {
  const command = program
    .command('gateway')
    .description('Run the gateway as a server, where there is no Lambda: pictures and JSON in, labels out.')
    .option('--host <address>', 'address to listen on', '0.0.0.0')
    .option('--port <n>', 'port to listen on; 0 lets the system choose', wholeNumber(0, 65_535), 3000)
    .option(
      '--internal_port <n>',
      'port for the platform: /livez, and /metrics for Prometheus',
      wholeNumber(0, 65_535),
      3001,
    )
    .option(
      '--drain_timeout_seconds <n>',
      'time that requests in flight have to finish after SIGTERM',
      positiveNumber,
      20,
    )
    .addHelpText('after', EXAMPLES);
  for (const option of schemaOptions(lowerCased(toJSONSchema(gatewayConfigSchema, { io: 'input' })))) {
    command.addOption(option.helpGroup('Settings:'));
  }
  command.action(async (flags: Flags) => {
    await run(settle(command, flags), flags, terminal);
  });
}

type GatewaySchema = Parameters<typeof schemaOptions>[0];

function lowerCased({ properties = {} }: GatewaySchema): GatewaySchema {
  return {
    properties: Object.fromEntries(Object.entries(properties).map(([name, setting]) => [name.toLowerCase(), setting])),
  };
}

/** What the environment and the flags say together; a value that cannot be is wrong usage. */
function settle(command: Command, flags: Flags): GatewayConfig {
  const given = Object.entries(flags).map(([name, value]) => [name.toUpperCase(), String(value)]);
  try {
    return resolveGatewayConfig({ ...gatewayEnvironment(), ...Object.fromEntries(given) });
  } catch (reason) {
    const error = StatusError.from(reason);
    if (error.code === Code.InvalidArgument) {
      command.error(`tensorfleet: ${error.message}`);
    }
    throw error;
  }
}

/** Serves until SIGTERM or Ctrl-C, then answers what is open. */
async function run(config: GatewayConfig, options: ListenOptions, { out }: Terminal): Promise<void> {
  using interrupt = onInterrupt(['SIGINT', 'SIGTERM']);
  const metrics = createPrometheusMetrics(KNOWN_COUNTERS);
  await using gateway = composeGateway(config, { emitMetrics: metrics.emit });
  const { app, log, clock } = gateway;
  const { host, port, internal_port, drain_timeout_seconds: drainSeconds } = options;
  await using _internal = await startInternalServer({ port: internal_port, host, metrics: metrics.page }).catch(
    sayTaken,
  );
  const running = await startGateway({ app, port, host, log }).catch(sayTaken);
  log.info({ port: running.port, fleet: config.FLEET_TARGET }, 'listening');
  if (out.isTerminal) {
    out.line(`tensorfleet gateway on http://${host}:${running.port}, fleet ${config.FLEET_TARGET}; Ctrl-C ends it`);
  }
  await untilAborted(interrupt.signal);
  log.info({}, 'draining');
  using _cut = clock.schedule(drainSeconds * 1000, () => {
    log.warn({}, 'requests did not finish within drain_timeout_seconds and are cut');
    running.destroy();
  });
  await running.close();
}

function sayTaken(reason: unknown): never {
  throw sayPortInUse(reason, 'stop it, or choose others with --port and --internal_port');
}
