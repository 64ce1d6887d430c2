import type { Version } from '@tensorfleet/core';
import { formatPercent } from '../terminal/format.ts';
import type { Colours } from '../terminal/terminal.ts';
import type { LocalPorts } from './local-fleet.ts';
import { EXAMPLE_MODEL, EXAMPLE_NAME } from './working-copy.ts';

/** A picture that version 1 takes for a 6 and version 2 reads. */
const PICTURE = 'examples/mnist/pictures/8-281.png';
const DEFAULT_GATEWAY_PORT = 3000;
const LAST_EXAMPLE = 3;

export interface ScreenFacts {
  readonly ports: LocalPorts;
  /** Directory with the models, as users type it. */
  readonly repository: string;
  readonly served: Version;
  /** From the version's manifest, as a fraction. */
  readonly testError: number | undefined;
  /** Since the process began. */
  readonly uptimeMs: number;
}

/** What runs where, and what to try; without an end of line. */
export function renderScreen(
  { ports, repository, served, testError, uptimeMs }: ScreenFacts,
  colours: Colours,
): string {
  const { bold, cyan, dim } = colours;
  const error = testError === undefined ? '' : `, test error ${formatPercent(testError)}`;
  const parts: readonly (readonly [string, string, string])[] = [
    ['gateway', `http://127.0.0.1:${ports.gatewayPort}`, 'pictures and JSON in, labels out'],
    ['model server', `127.0.0.1:${ports.port}`, 'gRPC'],
    ['', `http://127.0.0.1:${ports.restApiPort}`, 'REST and metrics'],
    ['models', repository, 'what is published here is served within a second'],
    ['serving', `${EXAMPLE_NAME} version ${served}${error}`, ''],
  ];
  const width = Math.max(...parts.slice(0, -1).map(([, place]) => place.length));
  const rows = parts.map(([name, place, note]) => {
    return `  ${dim(name.padEnd(12))}  ${cyan(place)}${' '.repeat(Math.max(width - place.length, 0))}  ${dim(note)}`;
  });
  const steps = nextSteps(served, ports, repository).map(({ what, command }, index) => {
    return `  ${index + 1}. ${what}\n     ${bold(command)}`;
  });
  return [
    '',
    `  ${bold('Tensorfleet runs')} ${dim(`(started in ${(uptimeMs / 1000).toFixed(1)} s)`)}`,
    '',
    ...rows.map((row) => row.trimEnd()),
    '',
    '  Try in another terminal:',
    '',
    ...steps,
    '',
    '  Without this command:',
    `     ${bold(curlCommand(ports))}`,
    '',
    `  ${dim('Ctrl-C ends it.')}`,
    '',
  ].join('\n');
}

interface NextStep {
  readonly what: string;
  /** To be pasted into a shell in the project's root. */
  readonly command: string;
}

/** The three commands that show most while `served` answers. */
export function nextSteps(served: Version, ports: LocalPorts, repository: string): readonly NextStep[] {
  const to = ports.gatewayPort === DEFAULT_GATEWAY_PORT ? '' : ` --to http://127.0.0.1:${ports.gatewayPort}`;
  const predict = `npx tensorfleet predict ${PICTURE}`;
  const model = `${repository}/${EXAMPLE_NAME}`;
  const change =
    served < LAST_EXAMPLE
      ? {
          what: `Publish version ${served + 1} meanwhile; no request fails:`,
          command: `npx tensorfleet publish ${EXAMPLE_MODEL}/${served + 1} ${model}`,
        }
      : {
          what: `Take version ${served} out again meanwhile; no request fails:`,
          command: `npx tensorfleet unpublish ${model} --version ${served}`,
        };
  return [
    {
      what: served === 1 ? 'Read a picture of an 8; version 1 takes it for a 6:' : 'Read a picture of an 8:',
      command: predict + to,
    },
    { what: 'Keep asking, and see the version change:', command: `${predict} --watch${to}` },
    change,
  ];
}

function curlCommand({ gatewayPort }: LocalPorts): string {
  return `curl --data-binary @${PICTURE} -H 'content-type: image/png' http://127.0.0.1:${gatewayPort}/v1/models/${EXAMPLE_NAME}:predict`;
}
