import { invalidArgument } from '@tensorfleet/core';
import { isObjectStoreUrl, type PublisherPolicy, type StoreEnvironment } from '@tensorfleet/repository';
import type { LogLevel } from '../telemetry/logger.ts';

/** Everything the publisher can be told, by environment variable. */
export interface PublisherConfig {
  /** MODEL_REPOSITORY: `s3://bucket` or `s3://bucket/prefix`. */
  readonly repository: string;
  /** PUBLISHER_QUEUE_URL: where looks wait until they are due; the queue whose messages the function gets. */
  readonly queueUrl: string;
  /** PUBLISHER_SETTLE_SECONDS, 1 to 900, default 10; PUBLISHER_GIVE_UP_SECONDS, 1 to 604,800, default 3,600. */
  readonly policy: PublisherPolicy;
  /** LOG_LEVEL, default info. */
  readonly logLevel: LogLevel;
  /** Where the store's settings and credentials are found. */
  readonly environment: StoreEnvironment;
}

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];
const MS = 1_000;

/** The configuration in an environment. Throws INVALID_ARGUMENT with all problems at once. */
export function resolvePublisherConfig(environment: StoreEnvironment = process.env): PublisherConfig {
  const problems: string[] = [];
  const read = <T>(name: string, fallback: string, parse: (text: string) => T | undefined, wanted: string): T => {
    const text = environment[name] || fallback;
    const value = parse(text);
    if (value === undefined) {
      problems.push(`${name} is "${text}", it must be ${wanted}`);
    }
    return value as T; // undefined never leaves: problems throw
  };
  const seconds = (most: number) => (text: string) =>
    /^[1-9]\d{0,6}$/.test(text) && Number(text) <= most ? Number(text) * MS : undefined;
  const config: PublisherConfig = {
    repository: read(
      'MODEL_REPOSITORY',
      '',
      (text) => (isObjectStoreUrl(text) ? text : undefined),
      's3://bucket/prefix',
    ),
    queueUrl: read('PUBLISHER_QUEUE_URL', '', (text) => (URL.canParse(text) ? text : undefined), 'the URL of a queue'),
    policy: {
      settleMs: read('PUBLISHER_SETTLE_SECONDS', '10', seconds(900), 'from 1 to 900'),
      giveUpMs: read('PUBLISHER_GIVE_UP_SECONDS', '3600', seconds(604_800), 'from 1 to 604800'),
    },
    logLevel: read('LOG_LEVEL', 'info', (text) => LOG_LEVELS.find((level) => level === text), LOG_LEVELS.join(', ')),
    environment,
  };
  if (problems.length > 0) {
    throw invalidArgument(`the publisher's configuration is not valid: ${problems.join('; ')}`);
  }
  return Object.freeze(config);
}
