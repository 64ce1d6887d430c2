import { serveWorker } from '../workers/worker-runtime.ts';
import { type InspectionRequest, inspectLocation } from './inspect-location.ts';
import type { ModelInspection } from './model-inspection.ts';

/** Entry of the thread that inspects a model: reading and converting block it for seconds. */
await serveWorker<InspectionRequest, ModelInspection>(() => async (request) => ({
  payload: await inspectLocation(request),
}));
