import { mayLoop } from '../engine/onnx-graph.ts';
import { serveWorker } from '../workers/worker-runtime.ts';
import { loadSession } from './describe-session.ts';
import type { SessionDescription, TrialRequest } from './inference-messages.ts';

/**
 * Entry of the trial thread: loads a model, finds out what it costs, and lets it go.
 * No answer for a model whose cost depends on its inputs' values.
 */
await serveWorker<TrialRequest, SessionDescription | undefined>(() => async ({ maxRows, ...data }) => {
  if (mayLoop(data.artifact.path)) {
    return { payload: undefined };
  }
  const { session, describe } = await loadSession(data);
  await using _ = session;
  return { payload: await describe(maxRows) };
});
