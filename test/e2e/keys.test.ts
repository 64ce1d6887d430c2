import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@tensorfleet/core';
import {
  composeGateway,
  createLambdaHandler,
  formatApiKey,
  formatKeyDocument,
  parseApiKey,
  resolveGatewayConfig,
  startGateway,
} from '@tensorfleet/functions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeAuthorizer } from '../../functions/src/authorizer/compose-authorizer.ts';
import { resolveAuthorizerConfig } from '../../functions/src/authorizer/config.ts';
import { createAuthorizerHandler } from '../../functions/src/lambda/request-authorizer.ts';
import { runTensorfleet } from '../../scripts/src/program.ts';
import { recordingTerminal } from '../scripts/terminal/recording-terminal.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { silentLog } from '../support/silent-log.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

const PATH = '/v1/models/half_plus_two:predict';
const BODY = '{"instances": [2]}';

/** What a key goes through, with keys that the command made and a model server that answers. */
describe('API keys, end to end', () => {
  let folder: string;
  let place: string;
  let repository: TemporaryRepository;
  let server: RunningServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tensorfleet-keys-'));
    place = `file:${join(folder, 'keys.json')}`;
    repository = await TemporaryRepository.create();
    await repository.addFixture('half_plus_two');
    server = await useServer(repository.root);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await repository[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const keys = async (...args: readonly string[]): Promise<string> => {
    const terminal = recordingTerminal();
    const code = await runTensorfleet(['keys', ...args, '--store', place], terminal);
    expect({ code, err: code === 0 ? '' : terminal.err.text }).toEqual({ code: 0, err: '' });
    return terminal.out.text.trim();
  };
  const create = (...more: readonly string[]): Promise<string> => keys('create', 'e2e', '--models', 'half_*', ...more);
  const idOf = (key: string): string => parseApiKey(key)?.id ?? '';

  it('a gateway on Node takes them, and no others, and follows their changes', async () => {
    const key = await create('--per-day', '4');
    const config = resolveGatewayConfig({
      FLEET_TARGET: server.grpc,
      AUTH_MODE: 'api-key',
      API_KEYS: place,
      // Read anew for each request.
      API_KEYS_TTL_MS: '0',
    });
    await using gateway = composeGateway(config, { clock: systemClock, log: silentLog() });
    const running = await startGateway({ ...gateway, host: '127.0.0.1', port: 0 });
    const ask = async (headers: Readonly<Record<string, string>> = {}, path = PATH): Promise<number> =>
      (await fetch(`http://127.0.0.1:${running.port}${path}`, { method: 'POST', body: BODY, headers })).status;
    try {
      expect(await ask()).toBe(401);
      expect(await ask({ 'x-api-key': key })).toBe(200);
      expect(await ask({ authorization: `Bearer ${key}` })).toBe(200);
      expect(await ask({ 'x-api-key': key }, '/v1/models/mnist:predict')).toBe(403);
      const next = await keys('rotate', idOf(key));
      expect([await ask({ 'x-api-key': key }), await ask({ 'x-api-key': next })]).toEqual([200, 200]);
      expect(await ask({ 'x-api-key': next })).toBe(429);
      await keys('rotate', idOf(key), '--finish');
      expect([await ask({ 'x-api-key': key }), await ask({ 'x-api-key': next })]).toEqual([401, 429]);
      await keys('revoke', idOf(key));
      expect(await ask({ 'x-api-key': next })).toBe(401);
      await writeFile(join(folder, 'keys.json'), 'no JSON');
      expect(await ask({ 'x-api-key': next })).toBe(401);
      expect((await fetch(`http://127.0.0.1:${running.port}/healthz`)).status).toBe(200);
    } finally {
      await running.close();
      await rm(join(folder, 'keys.json'));
    }
  });

  it('the authorizer function grants them, and the gateway function holds requests to the grant', async () => {
    const key = await create('--per-minute', '1000', '--actions', 'predict');
    const settings = resolveAuthorizerConfig({ AUTH_MODE: 'api-key', API_KEYS: place });
    const log = silentLog();
    const authorizer = createAuthorizerHandler(
      () => composeAuthorizer(settings, { clock: systemClock, now: Date.now, log }),
      log,
    );
    const config = resolveGatewayConfig({ FLEET_TARGET: server.grpc, REQUIRE_GRANT: 'true' });
    await using gateway = composeGateway(config, { clock: systemClock, log });
    const handler = createLambdaHandler(gateway.app, { xrayTrace: () => undefined });
    /** As API Gateway does it; `skip` is somebody who finds a way around it. */
    const ask = async (sent: string | undefined, rawPath = PATH, skip = false): Promise<number> => {
      const headers = { 'content-type': 'application/json', ...(sent !== undefined && { 'x-api-key': sent }) };
      const { isAuthorized, context } = await authorizer({ headers, requestContext: { requestId: 'r' } });
      if (!isAuthorized && !skip) {
        return 403;
      }
      const event = {
        version: '2.0',
        rawPath,
        rawQueryString: '',
        headers,
        requestContext: { requestId: 'r', http: { method: 'POST' }, ...(!skip && { authorizer: { lambda: context } }) },
        body: BODY,
        isBase64Encoded: false,
      };
      return (await handler(event, { awsRequestId: 'a', getRemainingTimeInMillis: () => 20_000 })).statusCode;
    };
    expect(await ask(key)).toBe(200);
    expect(await ask(key, '/v1/models/mnist:predict')).toBe(403);
    expect(await ask(undefined)).toBe(403);
    expect(await ask(formatApiKey({ id: idOf(key), secret: '0'.repeat(64) }))).toBe(403);
    expect(await ask(key, PATH, true)).toBe(401);
    await rm(join(folder, 'keys.json'));
    await writeFile(join(folder, 'keys.json'), formatKeyDocument([]));
  });
});
