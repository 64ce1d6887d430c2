import { Code, version } from '@tensorfleet/core';
import type { RequestFacts } from '../../../../gpu-backend/src/server/request-observer.ts';

/** A request of the model `m` that version 12 has answered in a millisecond, but for what `facts` say. */
export function requestFacts(facts: Partial<RequestFacts> = {}): RequestFacts {
  return {
    requestId: 'r',
    model: 'm',
    version: version(12),
    api: 'Predict',
    entrypoint: 'GRPC',
    code: Code.Ok,
    durationMs: 1,
    examples: 0,
    rows: 1,
    queueMs: 0,
    runMs: 1,
    ...facts,
  };
}
