import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createFleetClient, type FleetClient } from '@tensorfleet/client';
import { Code, NO_DEADLINE, systemClock } from '@tensorfleet/core';
import { createGateway, type RunningGateway, resolveGatewayConfig, startGateway } from '@tensorfleet/functions';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readAwsCredentials } from '../../functions/src/gateway/config.ts';
import { createCredentialSource } from '../../functions/src/gateway/uploads/aws-credentials.ts';
import { composeUploads } from '../../functions/src/gateway/uploads/compose-uploads.ts';
import { type UploadStore, uploadsOf } from '../../functions/src/gateway/uploads/upload-store.ts';
import { randomBytes } from '../../scripts/src/bench/seeded-random.ts';
import { describeUploadStore, MAX_BYTES } from '../contract/upload-store.contract.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { silentLog } from '../support/silent-log.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';
import { installVersitygw, type StoreServer } from './store-servers.ts';

const installed = await installVersitygw();
const HOUR_MS = 3_600_000;

/** The uploads of a gateway that is configured for a server. */
function uploadsIn(server: StoreServer, settings: object = {}, wallClock = Date.now): UploadStore {
  const environment = { ...server.environment(), ...settings };
  const config = resolveGatewayConfig({
    UPLOAD_BUCKET: 'models',
    S3_ENDPOINT: `http://${server.address}`,
    ...settings,
  });
  const fromEnvironment = () => readAwsCredentials(environment);
  return uploadsOf(composeUploads(config, { clock: systemClock, wallClock, fromEnvironment }));
}

describe.skipIf('missing' in installed)('uploads to versitygw', () => {
  const start = async (): Promise<StoreServer> => {
    if ('missing' in installed) {
      throw new Error(installed.missing);
    }
    return installed.start();
  };

  describeUploadStore('S3UploadStore', async () => {
    const server = await start();
    const limit = { UPLOAD_MAX_BYTES: String(MAX_BYTES) };
    const call = { requestId: 'interop', deadline: NO_DEADLINE, signal: new AbortController().signal };
    return {
      store: uploadsIn(server, limit),
      signedLongAgo: (upload) => uploadsIn(server, limit, () => Date.now() - HOUR_MS).sign(upload, call),
      send: async (url, contentType, bytes) => {
        const init = { method: 'PUT', headers: { 'content-type': contentType }, body: Uint8Array.from(bytes) };
        return (await fetch(url, init)).status;
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  });

  describe('through the gateway', () => {
    let folder: string;
    let store: StoreServer;
    let repository: TemporaryRepository;
    let server: RunningServer;
    let fleet: FleetClient;
    let gateway: RunningGateway;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'tensorfleet-uploads-'));
      store = await start();
      repository = await TemporaryRepository.create();
      await repository.addMnist(1);
      server = await useServer(repository.root);
      fleet = createFleetClient({ target: server.grpc });
      const log = silentLog();
      const limits = {
        maxBodyBytes: 1_000_000,
        maxImageBytes: 10_000_000,
        maxImagePixels: 24_000_000,
        maxRequestMs: 20_000,
        maxUploadBytes: 20_000_000,
      };
      const fetchImage = () => Promise.reject(new Error('nothing is fetched'));
      const uploads = uploadsIn(store);
      const app = createGateway({
        fleet,
        fetchImage,
        clock: systemClock,
        log,
        limits,
        uploads,
        noBackendRetrySeconds: 1,
      });
      gateway = await startGateway({ app, port: 0, host: '127.0.0.1', log });
    });

    afterAll(async () => {
      await gateway.close();
      await fleet.close();
      await server[Symbol.asyncDispose]();
      await repository[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    const curl = async (...args: readonly string[]): Promise<string> => {
      const limits = ['--silent', '--show-error', '--max-time', '20'];
      return (await promisify(execFile)('curl', [...limits, ...args])).stdout;
    };
    const post = async (path: string, body: object): Promise<Record<string, unknown>> =>
      JSON.parse(await curl('--json', JSON.stringify(body), `http://127.0.0.1:${gateway.port}${path}`));

    /** As the documentation has it. */
    async function upload(contentType: string, bytes: Uint8Array): Promise<{ key: string; status: string }> {
      const file = join(folder, 'body');
      await writeFile(file, bytes);
      const { key, url } = await post('/v1/uploads', { content_type: contentType, bytes: bytes.length });
      const header = `content-type: ${contentType}`;
      const status = await curl('--write-out', '%{http_code}', '--upload-file', file, '--header', header, String(url));
      return { key: String(key), status };
    }

    it('predicts a picture of 8 MB that curl has put there', async () => {
      const data = randomBytes(1_640 * 1_640 * 3, 7);
      const png = encode({ width: 1_640, height: 1_640, channels: 3, depth: 8, data }, { zlib: { level: 0 } });
      expect(png.length).toBeGreaterThan(8_000_000);
      const { key, status } = await upload('image/png', png);
      expect([status, await post('/v1/models/mnist:predict', { upload: key })]).toMatchObject([
        '200',
        { model: 'mnist', version: 1, predictions: [{ label: expect.any(String) }] },
      ]);
    });

    it('predicts with tensors in 8 MB of JSON', async () => {
      const instance = Array.from({ length: 28 }, () => Array.from({ length: 28 }, () => [0.123456789012345]));
      const instances = Array.from({ length: 600 }, () => instance);
      const body = Buffer.from(JSON.stringify({ instances }));
      expect(body.length).toBeGreaterThan(8_000_000);
      const { key, status } = await upload('application/json', body);
      const { predictions } = await post('/v1/models/mnist:predict', { upload: key });
      expect([status, predictions]).toEqual(['200', expect.objectContaining({ length: 600 })]);
    });

    it('says what to do about a key under which nothing lies', async () => {
      const { key } = await post('/v1/uploads', { content_type: 'image/png', bytes: 10 });
      expect(await post('/v1/models/mnist:predict', { upload: key })).toEqual({
        error: expect.stringMatching(
          /there is no upload "uploads\/.*: it never arrived, .* POST \/v1\/uploads starts another/,
        ),
      });
    });

    it('keeps the faults of its configuration to itself', async () => {
      const call = { requestId: 'interop', deadline: NO_DEADLINE, signal: new AbortController().signal };
      const key = 'uploads/x/y';
      await expect(uploadsIn(store, { AWS_SECRET_ACCESS_KEY: 'wrong' }).read(key, call)).rejects.toMatchObject({
        code: Code.Internal,
        message: expect.stringContaining('403 SignatureDoesNotMatch'),
      });
      await expect(uploadsIn(store, { UPLOAD_BUCKET: 'nowhere' }).read(key, call)).rejects.toMatchObject({
        code: Code.Internal,
        message: expect.stringContaining('404 NoSuchBucket'),
      });
    });
  });
});

describe('createCredentialSource outside Lambda', () => {
  it('asks where ECS and EKS put the credentials of a task or pod, and keeps them until shortly before their end', async () => {
    let asked = 0;
    const role = { AccessKeyId: 'role', SecretAccessKey: 'secret', Token: 'token' };
    const endpoint = createServer((_, response) => {
      asked++;
      response.end(JSON.stringify({ ...role, Expiration: new Date(Date.now() + HOUR_MS).toISOString() }));
    });
    await once(endpoint.listen(0, '127.0.0.1'), 'listening');
    const { port } = endpoint.address() as AddressInfo; // a TCP server, listening
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `http://127.0.0.1:${port}/role`);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    for (const name of ['AWS_PROFILE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_WEB_IDENTITY_TOKEN_FILE']) {
      vi.stubEnv(name, undefined);
    }
    try {
      const source = createCredentialSource({ fromEnvironment: readAwsCredentials });
      expect([await source(), await source()]).toMatchObject([
        { accessKeyId: 'role', secretAccessKey: 'secret', sessionToken: 'token' },
        { accessKeyId: 'role' },
      ]);
      expect(asked).toBe(1);
    } finally {
      vi.unstubAllEnvs();
      endpoint.close();
    }
  });
});
