import { encodePredictRequest, RPC_PATHS } from '@tensorfleet/codecs';
import { resourceExhausted } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { GrpcMethod } from '../../../../gpu-backend/src/listeners/grpc/grpc-methods.ts';
import { createGrpcServices } from '../../../../gpu-backend/src/listeners/grpc/grpc-services.ts';
import { RequestMemory } from '../../../../gpu-backend/src/listeners/request-memory.ts';
import { fakeServer } from '../../../fakes/fake-server-core.ts';
import { named } from '../../../support/tensors.ts';

const BUSY = resourceExhausted('busy');

describe('createGrpcServices', () => {
  it.each([
    ['Predict', RPC_PATHS.predict],
    ['Classify', RPC_PATHS.classify],
    ['Regress', RPC_PATHS.regress],
  ])(
    'refuses %s where the queue of its model is too long, before it reads what is behind the model',
    async (api, path) => {
      const server = fakeServer({ signatures: [], compute: () => named({}), refusal: BUSY });
      const head = encodePredictRequest({ modelSpec: { name: 'm' }, inputs: named({}), outputFilter: [] });
      const broken = Uint8Array.of(...head, 0x12, 0x7f);
      const method = createGrpcServices(server.core).get(path) as GrpcMethod & { kind: 'unary' };
      using memory = new RequestMemory(1000).open();
      await expect(method.run(broken, server.context, memory)).rejects.toBe(BUSY);
      expect(server.requests).toMatchObject([{ api, model: 'm' }]);
    },
  );
});
