import { createFleetClient } from '@tensorfleet/client';
import { ModelServer, resolveServerConfig } from '@tensorfleet/gpu-backend';
import { expect, it } from 'vitest';
import { TemporaryRepository } from '../support/model-repository.ts';
import { silentLog } from '../support/silent-log.ts';
import { fp32, named } from '../support/tensors.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

/** A server's access lines of one Predict over each protocol, of a stranger's request and of a page. */
async function linesOf(access_log: boolean): Promise<readonly object[]> {
  await using repository = await TemporaryRepository.create();
  await repository.addFixture('half_plus_two');
  const log = silentLog();
  const config = resolveServerConfig({ host: '127.0.0.1', model_repository: repository.root, access_log });
  await using server = new ModelServer(config, { log });
  const { grpc, rest } = await server.start({ grpcPort: 0, restPort: 0 });
  await server.settled(AbortSignal.timeout(55_000));
  const url = `http://127.0.0.1:${rest}/v1/models`;
  const post = {
    method: 'POST',
    body: '{"instances": [1, 2, 3]}',
    headers: { 'x-request-id': 'mine', traceparent: TRACEPARENT },
  };
  const response = await fetch(`${url}/half_plus_two:predict`, post);
  await response.text();
  expect(response.headers.get('x-request-id')).toBe('mine');
  await (await fetch(`${url}/%0Aforged%1B[31m:predict`, post)).text();
  await (await fetch(url)).text();
  const fleet = createFleetClient({ target: `127.0.0.1:${grpc}` });
  await fleet.predict({ name: 'half_plus_two' }, named({ x: fp32([2], 1, 2) }), {
    metadata: new Map([['traceparent', TRACEPARENT]]),
  });
  await fleet.close();
  return log.lines.filter(({ text }) => text === 'call').map(({ facts }) => facts);
}

it('writes one access line for each call of both protocols', async () => {
  const lines = await linesOf(true);
  const inference = { code: 'OK', api: 'Predict', model: 'half_plus_two', version: 1 };
  expect(lines).toMatchObject([
    {
      protocol: 'rest',
      method: 'POST',
      status: 200,
      target: '/v1/models/half_plus_two:predict',
      rows: 3,
      ...inference,
    },
    { protocol: 'rest', status: 404, code: 'NOT_FOUND', model: '', target: '/v1/models/%0Aforged%1B[31m:predict' },
    { protocol: 'rest', method: 'GET', status: 200, target: '/v1/models' },
    { protocol: 'grpc', target: '/tensorflow.serving.PredictionService/Predict', rows: 2, ...inference },
  ]);
  expect(lines[0]).toMatchObject({
    requestId: 'mine',
    trace_id: TRACE,
    requestBytes: 24,
    responseBytes: expect.any(Number),
    peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    durationMs: expect.any(Number),
    runMs: expect.any(Number),
  });
  expect(lines[2]).not.toHaveProperty('trace_id');
  expect(lines[3]).toMatchObject({ trace_id: TRACE });
});

it('writes none unless asked', async () => {
  expect(await linesOf(false)).toEqual([]);
});
