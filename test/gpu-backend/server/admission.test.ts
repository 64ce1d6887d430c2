import { Code, createCallTrace, NO_DEADLINE, resourceExhausted } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { admit } from '../../../gpu-backend/src/server/admission.ts';
import { fakeServer } from '../../fakes/fake-server-core.ts';
import { named } from '../../support/tensors.ts';

const CALL = { modelSpec: { name: 'm' }, api: 'Predict', entrypoint: 'REST' } as const;
const BUSY = resourceExhausted('busy');

function serverThat(refusal?: typeof BUSY) {
  return fakeServer({ signatures: [], compute: () => named({}), ...(refusal && { refusal }) });
}

describe('admit', () => {
  it('says why the queue of the model takes no request, and counts that request', () => {
    const server = serverThat(BUSY);
    const trace = createCallTrace();
    expect(admit(server.core, CALL, { requestId: 'r', deadline: NO_DEADLINE, trace })).toBe(BUSY);
    expect(server.requests).toEqual([
      expect.objectContaining({ requestId: 'r', model: 'm', version: 3, api: 'Predict', code: Code.ResourceExhausted }),
    ]);
    expect([trace.model, server.openHandles]).toEqual(['m', 0]);
  });

  it.each([
    ['that may be accepted', serverThat(), CALL],
    ['for a model that is not there, which its use case says', serverThat(BUSY), { ...CALL, modelSpec: { name: 'x' } }],
    ['that names no model', serverThat(BUSY), { ...CALL, modelSpec: undefined }],
  ])('says and counts nothing of a request %s', (_, server, call) => {
    expect(admit(server.core, call, server.context)).toBeUndefined();
    expect([server.requests, server.openHandles]).toEqual([[], 0]);
  });
});
