import { Code } from '@tensorfleet/core';
import { startInternalServer } from '@tensorfleet/functions';
import { describe, expect, it } from 'vitest';

const HOST = '127.0.0.1';

describe('startInternalServer', () => {
  it.each([
    ['/livez', 200, 'ok\n'],
    ['/metrics?name=x', 200, 'page'],
    ['/v1/models', 404, 'no such path\n'],
  ])('answers %s with %i', async (path, status, text) => {
    await using server = await startInternalServer({ port: 0, host: HOST, metrics: () => 'page' });
    const response = await fetch(`http://${HOST}:${server.port}${path}`);
    expect([response.status, await response.text()]).toEqual([status, text]);
  });

  it('names the port that is taken', async () => {
    await using taken = await startInternalServer({ port: 0, host: HOST, metrics: () => '' });
    const start = startInternalServer({ port: taken.port, host: HOST, metrics: () => '' });
    await expect(start).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: expect.stringContaining(String(taken.port)),
    });
  });
});
