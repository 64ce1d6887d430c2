import { type ModelSpec, StatusError, version } from '@tensorfleet/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Address, parseAddress } from '../address.ts';
import { wholeNumber } from '../flags.ts';

const DEFAULT_TO = 'http://localhost:3000';
const MAX_TIMEOUT_MS = 3_600_000;

/** Options of every command that talks to a fleet. */
export interface TargetOptions {
  readonly to: Address;
  readonly timeout: number;
}

export function addTargetOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--to <address>', 'a gateway or REST port (http://…), or a gRPC port (host:port)')
        .argParser(addressOption)
        .default(parseAddress(DEFAULT_TO), DEFAULT_TO),
    )
    .addOption(
      new Option('--timeout <ms>', 'milliseconds that one request may take')
        .argParser(wholeNumber(1, MAX_TIMEOUT_MS))
        .default(30_000),
    );
}

function addressOption(text: string): Address {
  try {
    return parseAddress(text);
  } catch (reason) {
    throw new InvalidArgumentError(`${StatusError.from(reason).message}.`);
  }
}

export interface ModelOptions {
  readonly model: string;
  readonly version?: number;
  readonly label?: string;
}

export function addModelOptions(command: Command): Command {
  return command
    .option('--model <name>', 'the model to ask', 'mnist')
    .addOption(
      new Option('--version <n>', 'ask this version instead of the latest')
        .argParser(wholeNumber(0, Number.MAX_SAFE_INTEGER))
        .conflicts('label'),
    )
    .option('--label <name>', 'ask the version that has this label');
}

export function modelSpecOf({ model, version: number, label }: ModelOptions, signatureName?: string): ModelSpec {
  return {
    name: model,
    ...(number !== undefined && { version: version(number) }),
    ...(label !== undefined && { versionLabel: label }),
    ...(signatureName !== undefined && { signatureName }),
  };
}
