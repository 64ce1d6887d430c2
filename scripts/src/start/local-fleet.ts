import { failedPrecondition, type Logger, systemClock, type Version } from '@tensorfleet/core';
import { composeGateway, resolveGatewayConfig, startGateway } from '@tensorfleet/functions';
import { ModelServer, resolveServerConfig } from '@tensorfleet/gpu-backend';
import { NEXT_STEP } from '../terminal/fail.ts';
import { EXAMPLE_NAME } from './working-copy.ts';

export interface LocalPorts {
  readonly port: number;
  readonly restApiPort: number;
  readonly gatewayPort: number;
}

export interface LocalFleetOptions {
  readonly ports: LocalPorts;
  /** Directory with the models. */
  readonly repository: string;
  /** Directory for converted SavedModels. */
  readonly conversions: string;
  /** Gives up waiting for the first version. */
  readonly signal: AbortSignal;
  /** Told of every event in one sentence. */
  readonly say: (text: string) => void;
}

/** Disposal drains: requests in flight are answered first. */
export interface LocalFleet extends AsyncDisposable {
  /** The version of the example that answers. */
  readonly served: Version;
}

const HOST = '127.0.0.1';
const FIRST_VERSION_TIMEOUT_MS = 10_000;

/**
 * A model server and a gateway in this process: one start instead of three, one Ctrl-C for all. They talk over gRPC as
 * they would between machines. Resolves when the example can be asked; rejects with a StatusError, with nothing left
 * open, for a port that is taken or a model that does not load.
 */
export async function startLocalFleet(options: LocalFleetOptions): Promise<LocalFleet> {
  await using started = new AsyncDisposableStack();
  const { ports, signal, say } = options;
  const log = spokenLog(say);
  const server = started.use(createServer(options, log));
  await server.start();
  const gateway = started.use(
    composeGateway(
      { ...resolveGatewayConfig(), FLEET_TARGET: `${HOST}:${ports.port}`, LOG_LEVEL: 'warn' },
      {
        clock: systemClock,
        log,
      },
    ),
  );
  const { app } = gateway;
  const running = await startGateway({ app, port: ports.gatewayPort, host: HOST, log });
  started.defer(() => running.close());
  const served = await firstVersion(server, options.repository, signal);
  started.use(server.parts.manager.onState((state) => sayState(state, say)));
  const parts = started.move();
  return { served, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

type State = Parameters<Parameters<ModelServer['parts']['manager']['onState']>[0]>[0];

const EVENTS: Readonly<Record<State['state'], string | undefined>> = {
  start: undefined,
  loading: 'is loading',
  available: 'is available: it answers from now on',
  unloading: 'is unloading: it takes no more requests',
  end: 'is gone',
};

function sayState({ id, state, error }: State, say: (text: string) => void): void {
  const event = error === undefined ? EVENTS[state] : `cannot be served: ${error.message}`;
  if (event !== undefined) {
    say(`${id.name} version ${id.version} ${event}`);
  }
}

function createServer({ ports, repository, conversions }: LocalFleetOptions, log: Logger): ModelServer {
  const config = resolveServerConfig({
    host: HOST,
    port: ports.port,
    rest_api_port: ports.restApiPort,
    model_repository: repository,
    conversion_cache_dir: conversions,
    // Who publishes a broken version at the keyboard wants to hear of it at once.
    max_num_load_retries: 0,
  });
  return new ModelServer(config, { log });
}

/** Rejects with FAILED_PRECONDITION when the newest version does not load. */
async function firstVersion(server: ModelServer, repository: string, signal: AbortSignal): Promise<Version> {
  const { monitor, models } = server.parts;
  await models.source.scanNow();
  const timeout = AbortSignal.timeout(FIRST_VERSION_TIMEOUT_MS);
  await monitor.waitUntilSettled([EXAMPLE_NAME], AbortSignal.any([signal, timeout])).catch((reason: unknown) => {
    if (!timeout.aborted) {
      throw reason;
    }
  });
  const states = [...monitor.states(EXAMPLE_NAME).values()];
  const served = states.find(({ state }) => state === 'available');
  if (served !== undefined) {
    return served.id.version;
  }
  const error =
    states.find((state) => state.error !== undefined)?.error ?? models.source.models().get(EXAMPLE_NAME)?.error;
  const reason = error?.message ?? 'none became complete in time';
  throw failedPrecondition(`no version of ${EXAMPLE_NAME} in ${repository} can be served: ${reason}`, {
    [NEXT_STEP]: `delete ${repository} and start again`,
  });
}

/** Warnings and errors as sentences; what happens to versions is told as events already. */
function spokenLog(say: (text: string) => void): Logger {
  const speak = (facts: object, text: string): void => {
    if (!('state' in facts)) {
      say(text);
    }
  };
  return { debug: () => undefined, info: () => undefined, warn: speak, error: speak };
}
