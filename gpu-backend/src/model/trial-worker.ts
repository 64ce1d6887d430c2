import { serveWorker } from '../workers/worker-runtime.ts';
import { loadSession } from './describe-session.ts';
import type { SessionDescription, TrialRequest } from './inference-messages.ts';
import { isInlineCandidate } from './inline-candidate.ts';
import { INLINE_MAX_LOAD_MS } from './placement.ts';
import { timedLoad } from './timed-load.ts';

/**
 * Entry of the trial thread: loads a model, finds out what it costs, and lets it go.
 * No answer for a model that needs a worker whatever a run of it costs.
 */
await serveWorker<TrialRequest, SessionDescription | undefined>(() => async ({ maxRows, ...data }) => {
  if (!(await isInlineCandidate(data.artifact))) {
    return { payload: undefined };
  }
  const { session, describe, loadMs } = await loadSession(data, timedLoad);
  await using _ = session;
  return { payload: loadMs > INLINE_MAX_LOAD_MS ? undefined : await describe(maxRows) };
});
