import { type Clock, type Logger, StatusError } from '@tensorfleet/core';
import {
  lookAtUpload,
  type ObjectStore,
  type PublisherPolicy,
  readIndex,
  reindex,
  type UploadNews,
} from '@tensorfleet/repository';
import type { UploadMessage } from './upload-message.ts';

export interface PublisherDependencies {
  readonly store: ObjectStore;
  readonly policy: PublisherPolicy;
  /** Has the look made again after a time; see LookQueue. */
  readonly later: (look: UploadMessage, delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Its timers keep the process alive: `reindex` waits between its looks. */
  readonly clock: Clock;
}

/**
 * Looks once at each of these versions and does what is due: publishes what is complete and has settled, rejects what can be
 * no version, and has the rest looked at again. Many of these may run at once, on the same versions too, with old, doubled
 * and disordered news: whoever comes second finds the version in the index. A repository without an index gets one,
 * with everything that is complete. Every decision is logged.
 *
 * Resolves with those that failed and are to be tried again; the others are done.
 */
export async function publishUploads(
  uploads: readonly UploadMessage[],
  dependencies: PublisherDependencies,
  signal: AbortSignal,
): Promise<readonly UploadMessage[]> {
  const failed = await Promise.all(
    uploads.map(async (upload) => {
      try {
        await publishUpload(upload, dependencies, signal);
        return [];
      } catch (reason) {
        const { model, version } = upload;
        dependencies.log.error({ model, version, err: StatusError.from(reason) }, 'the upload could not be looked at');
        return [upload];
      }
    }),
  );
  return failed.flat();
}

async function publishUpload(
  upload: UploadMessage,
  dependencies: PublisherDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { store, policy, now, later, log } = dependencies;
  const { model, version, previous } = upload;
  const index = await readIndex(store, signal);
  const outcome = await lookAtUpload({ store, model, version, index, previous, policy, now, signal });
  if (outcome.kind === 'ready') {
    await makeIndex(dependencies, signal);
    return;
  }
  tell(log, upload, outcome);
  if (outcome.kind === 'waiting') {
    await later({ model, version, previous: outcome.look }, Math.max(0, outcome.lookAt - now()), signal);
  }
}

/** Everything in the repository is looked at: an index that named one version only would hide the others. */
async function makeIndex(
  { store, policy, clock, now, log }: PublisherDependencies,
  signal: AbortSignal,
): Promise<void> {
  await reindex({
    ...{ store, policy, clock, now, signal, watch: false },
    onOutcome: (upload, news) => tell(log, upload, news),
    onOutage: (reason) => log.warn({ err: reason }, 'the repository cannot be read'),
  });
}

function tell(log: Logger, { model, version }: Pick<UploadMessage, 'model' | 'version'>, news: UploadNews): void {
  const about = { model, version, decision: news.kind };
  switch (news.kind) {
    case 'published':
      log.info({ ...about, bytes: news.bytes }, 'the version is published');
      break;
    case 'rejected':
    case 'failed':
      log.warn({ ...about, reason: news.reason }, 'the upload is not published');
      break;
    case 'waiting':
      log.info(
        { ...about, reason: news.reason, lookAt: new Date(news.lookAt).toISOString() },
        'the upload is waited for',
      );
      break;
    case 'ignored':
      log.info({ ...about, reason: news.why }, 'there is nothing to do about the upload');
      break;
  }
}
