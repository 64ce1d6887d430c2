import { lowerThreadPriority } from '../workers/thread-priority.ts';
import { serveWorker } from '../workers/worker-runtime.ts';
import { loadSession } from './describe-session.ts';
import {
  type InferenceRequest,
  type InferenceResponse,
  type InferenceWorkerData,
  transferListOf,
} from './inference-messages.ts';
import { timeLoad } from './timed-load.ts';

lowerThreadPriority('inference');

/** Entry of an inference thread: loads one model, then runs what it is sent, one call at a time. */
await serveWorker<InferenceRequest, InferenceResponse>(async (data) => {
  const { session, describe } = await loadSession(data as InferenceWorkerData, timeLoad); // sent by the model loader
  return async (request) => {
    switch (request.kind) {
      case 'describe':
        return { payload: await describe(request.maxRows) };
      case 'run': {
        const outputs = await session.run(request.signature, request.inputs);
        return { payload: { kind: 'outputs', outputs }, transfer: transferListOf(outputs) };
      }
    }
  };
});
