import { onnxEngine } from '../engine/onnx-engine.ts';
import { serveWorker } from '../workers/worker-runtime.ts';
import {
  type InferenceRequest,
  type InferenceResponse,
  type InferenceWorkerData,
  transferListOf,
} from './inference-messages.ts';
import { warmUp } from './warmup.ts';

/** Entry of an inference thread: loads one model, then runs what it is sent, one call at a time. */
await serveWorker<InferenceRequest, InferenceResponse>(async (data) => {
  const { artifact, device } = data as InferenceWorkerData; // sent by the model loader
  const start = performance.now();
  const session = await onnxEngine.load(artifact, device);
  const loadMs = performance.now() - start;

  return async (request) => {
    switch (request.kind) {
      case 'describe': {
        const profiles = await warmUp(session, request.maxRows);
        return { payload: { kind: 'description', signatures: session.signatures, profiles, loadMs }, transfer: [] };
      }
      case 'run': {
        const outputs = await session.run(request.signature, request.inputs);
        return { payload: { kind: 'outputs', outputs }, transfer: transferListOf(outputs) };
      }
    }
  };
});
