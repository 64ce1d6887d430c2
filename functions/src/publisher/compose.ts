import type { Clock } from '@tensorfleet/core';
import { openObjectStore } from '@tensorfleet/repository';
import { createLogger } from '../telemetry/logger.ts';
import type { PublisherConfig } from './config.ts';
import { createLookQueue } from './look-queue.ts';
import type { PublisherDependencies } from './publisher.ts';
import { formatLookMessage, type RepositoryPlace } from './upload-message.ts';

export interface ComposedPublisher {
  readonly dependencies: PublisherDependencies;
  readonly place: RepositoryPlace;
}

/** What a configuration describes. Rejects with INVALID_ARGUMENT where the repository is no place of objects. */
export async function composePublisher(config: PublisherConfig): Promise<ComposedPublisher> {
  const { repository, queueUrl, policy, logLevel, environment } = config;
  const store = await openObjectStore(repository, { environment });
  const queue = createLookQueue(queueUrl, environment);
  return {
    place: placeOf(repository),
    dependencies: {
      ...{ store, policy, now: Date.now, clock: waitingClock, log: createLogger(logLevel) },
      later: (look, delayMs, signal) => queue.send(formatLookMessage(look), delayMs, signal),
    },
  };
}

/** `{ bucket: 'models', prefix: 'team/' }` of `s3://models/team`. */
export function placeOf(repository: string): RepositoryPlace {
  const [, , bucket = '', ...path] = repository.split('/');
  const prefix = path.join('/').replace(/\/$/, '');
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}

/** Keeps the process alive: with nothing else to do, it would end before the second look. */
const waitingClock: Clock = {
  now: () => performance.now(),
  schedule(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
