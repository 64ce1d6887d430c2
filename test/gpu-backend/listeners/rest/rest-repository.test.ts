import { Code, notFound, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { pollRoute } from '../../../../gpu-backend/src/listeners/rest/rest-repository.ts';
import { createRestRoutes } from '../../../../gpu-backend/src/listeners/rest/rest-routes.ts';
import type { ModelState } from '../../../../gpu-backend/src/repository/watched-model.ts';
import { type FakeServer, fakeServer } from '../../../fakes/fake-server-core.ts';

const V3 = version(3);
const V4 = version(4);
const SERVED: ModelState = { versions: [V3, V4], held: [], isPending: false, settling: [version(5)] };
const MISSING: ModelState = {
  versions: [],
  held: [],
  isPending: false,
  settling: [],
  error: notFound('nothing there'),
};

/** A server that is asked to poll `polled`. */
function pollable(polled: (string | undefined)[] = []): FakeServer {
  return fakeServer({
    signatures: [],
    compute: () => new Map(),
    states: [{ id: { name: 'm', version: V3 }, state: 'available', aspired: true, error: undefined }],
    poll: async (model) => {
      polled.push(model);
      if (model === 'nobody') {
        throw notFound('model "nobody" is not watched');
      }
      return new Map([
        ['m', SERVED],
        ['other', MISSING],
      ]);
    },
  });
}

function requestOf(body: string, method = 'POST'): Parameters<typeof pollRoute>[1] {
  return {
    method,
    target: '/v1/repository/poll',
    origin: undefined,
    body: async () => new TextEncoder().encode(body),
    memory: { take: () => undefined, give: () => undefined, [Symbol.dispose]: () => undefined },
  };
}

describe('POST /v1/repository/poll', () => {
  it('answers the versions of each model, those that load included, what settles and what is wrong', async () => {
    const { status, body } = await pollRoute(pollable().core, requestOf(''));
    expect([status, JSON.parse(String(body))]).toEqual([
      200,
      {
        models: [
          {
            name: 'm',
            versions: [
              { version: 3, state: 'AVAILABLE' },
              { version: 4, state: 'START' },
            ],
            settling: [5],
          },
          { name: 'other', versions: [], settling: [], error: { code: 'NOT_FOUND', message: 'nothing there' } },
        ],
      },
    ]);
  });

  it.each([
    ['', undefined],
    [' \n', undefined],
    ['{}', undefined],
    ['{"model": "m"}', 'm'],
  ])('with the body %j polls %j', async (body, expected) => {
    const polled: (string | undefined)[] = [];
    await pollRoute(pollable(polled).core, requestOf(body));
    expect(polled).toEqual([expected]);
  });

  it.each(['[]', '"m"', 'null', '{"model": 1}', '{"modell": "m"}', '{"model":'])(
    'refuses the body %j',
    async (body) => {
      await expect(pollRoute(pollable().core, requestOf(body))).rejects.toMatchObject({ code: Code.InvalidArgument });
    },
  );

  it('rejects with NOT_FOUND for a model that is not served', async () => {
    const poll = pollRoute(pollable().core, requestOf('{"model": "nobody"}'));
    await expect(poll).rejects.toMatchObject({ code: Code.NotFound });
  });

  it('is found by its path, and only by POST', async () => {
    const { core, context } = pollable();
    const routes = createRestRoutes(core, async () => ({ contentType: '', text: '' }));
    expect((await routes(requestOf(''), context)).status).toBe(200);
    await expect(routes(requestOf('', 'PUT'), context)).rejects.toMatchObject({ code: Code.InvalidArgument });
  });
});
