import { serveWorker } from '../workers/worker-runtime.ts';
import { loadSession } from './describe-session.ts';
import type { SessionDescription, TrialRequest } from './inference-messages.ts';
import { isInlineCandidate } from './inline-candidate.ts';

/**
 * Entry of the trial thread: loads a model, finds out what it costs, and lets it go.
 * No answer for a model that needs a worker whatever a run of it costs.
 */
await serveWorker<TrialRequest, SessionDescription | undefined>(() => async ({ maxRows, ...data }) => {
  if (!(await isInlineCandidate(data.artifact))) {
    return { payload: undefined };
  }
  const { session, describe } = await loadSession(data);
  await using _ = session;
  return { payload: await describe(maxRows) };
});
