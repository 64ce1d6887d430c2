import { invalidArgument, StatusError } from '@tensorfleet/core';
import { type NodeHttp2Options, resolveNodeHttp2Options } from '../../http2/node-http2-options.ts';

/** What `grpc_channel_arguments` say. */
export interface ChannelArguments {
  readonly http2: NodeHttp2Options;
  /** Undefined when they do not say it. */
  readonly maxMessageBytes: number | undefined;
  /** Names of those that mean nothing here. */
  readonly withoutEffect: readonly string[];
}

const OPTION_BY_ARGUMENT: ReadonlyMap<string, keyof NodeHttp2Options> = new Map([
  ['grpc.keepalive_time_ms', 'keepaliveTimeMs'],
  ['grpc.keepalive_timeout_ms', 'keepaliveTimeoutMs'],
  ['grpc.max_concurrent_streams', 'maxConcurrentStreams'],
  ['grpc.max_connection_age_grace_ms', 'maxConnectionAgeGraceMs'],
  ['grpc.max_connection_age_ms', 'maxConnectionAgeMs'],
  ['grpc.max_connection_idle_ms', 'maxConnectionIdleMs'],
  ['grpc.max_metadata_size', 'maxHeaderListBytes'],
]);
const MAX_MESSAGE = 'grpc.max_receive_message_length';
const MAX_MESSAGE_BYTES = 2 ** 32 - 1;
/** gRPC's largest number stands for "never" in its times. */
const NEVER = 2 ** 31 - 1;

/** Reads `name=value,name=value`; the last of a name counts. Throws INVALID_ARGUMENT that names the item. */
export function parseChannelArguments(text: string): ChannelArguments {
  const http2: Partial<Record<keyof NodeHttp2Options, number>> = {};
  const withoutEffect: string[] = [];
  let maxMessageBytes: number | undefined;
  for (const item of text === '' ? [] : text.split(',')) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(item) ?? [];
    if (name === undefined || value === undefined) {
      throw invalidArgument(`grpc_channel_arguments: "${item}" is not name=value`);
    }
    const option = OPTION_BY_ARGUMENT.get(name);
    if (option !== undefined) {
      http2[option] = optionValue(item, option, value);
    } else if (name === MAX_MESSAGE) {
      maxMessageBytes = messageLimit(item, value);
    } else {
      withoutEffect.push(name);
    }
  }
  return { http2, maxMessageBytes, withoutEffect };
}

function optionValue(item: string, option: keyof NodeHttp2Options, text: string): number {
  const number = wholeNumber(item, text);
  const value = option.endsWith('Ms') && number >= NEVER ? Number.POSITIVE_INFINITY : number;
  try {
    resolveNodeHttp2Options({ [option]: value });
  } catch (reason) {
    throw invalidArgument(`grpc_channel_arguments: "${item}": ${StatusError.from(reason).message}`, {}, reason);
  }
  return value;
}

/** -1 is gRPC's "no limit". */
function messageLimit(item: string, text: string): number {
  const value = text === '-1' ? MAX_MESSAGE_BYTES : wholeNumber(item, text);
  if (value < 1 || value > MAX_MESSAGE_BYTES) {
    throw invalidArgument(`grpc_channel_arguments: "${item}" must be -1, or from 1 to ${MAX_MESSAGE_BYTES}`);
  }
  return value;
}

function wholeNumber(item: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) {
    throw invalidArgument(`grpc_channel_arguments: "${item}" must have a whole number`);
  }
  return Number(text);
}
