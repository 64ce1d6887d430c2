import { systemClock } from '@tensorfleet/core';
import type { Session } from '../engine/engine.ts';
import { engineFor } from './engines.ts';
import type { InferenceWorkerData, SessionDescription } from './inference-messages.ts';
import { profileSession } from './session-profile.ts';
import type { timeLoad } from './timed-load.ts';

/** A freshly loaded session, and what is known of it. */
export interface LoadedSession {
  readonly session: Session;
  readonly loadMs: number;
  describe(maxRows: number): Promise<SessionDescription>;
}

/** Loads what the main thread asked for, timed by `time`; blocks this thread. */
export async function loadSession(
  { artifact, device, environment }: InferenceWorkerData,
  time: typeof timeLoad,
): Promise<LoadedSession> {
  // What TensorFlow itself runs may change with any request, made-up ones included.
  const isOpaque = artifact.format === 'saved_model';
  const engine = await engineFor(artifact.format, environment);
  const { session, loadMs } = await time(() => engine.load(artifact, device), systemClock);
  return {
    session,
    loadMs,
    async describe(maxRows) {
      const profiles = isOpaque ? new Map() : await profileSession(session, maxRows);
      return { kind: 'description', signatures: session.signatures, profiles, loadMs };
    },
  };
}
