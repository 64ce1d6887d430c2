import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { systemClock } from '@tensorfleet/core';
import { composeGateway, type RunningGateway, resolveGatewayConfig, startGateway } from '@tensorfleet/functions';
import { encode as encodePng } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Digit, readHeldOut } from '../support/held-out.ts';
import { mnistDirectory, TemporaryRepository } from '../support/model-repository.ts';
import { silentLog } from '../support/silent-log.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

const PICTURES = resolve(import.meta.dirname, '../../examples/mnist/pictures');
const CONCURRENCY = 16;

interface Answer {
  readonly model: string;
  readonly version: number;
  readonly predictions: readonly {
    readonly label: string;
    readonly score: number;
    readonly top: readonly { readonly label: string; readonly score: number }[];
  }[];
}

/** A web server that pictures are fetched from. */
async function servePictures(): Promise<{ readonly host: string; close(): void }> {
  const server = createServer((request, response) => {
    readFile(resolve(PICTURES, `.${request.url}`)).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, close: () => server.close() };
}

interface Gateway extends AsyncDisposable {
  readonly url: string;
}

async function useGateway(target: string, allowedHosts = ''): Promise<Gateway> {
  const config = resolveGatewayConfig({ FLEET_TARGET: target, IMAGE_ALLOWED_HOSTS: allowedHosts, LOG_LEVEL: 'silent' });
  const composed = composeGateway(config, { clock: systemClock, log: silentLog() });
  const running: RunningGateway = await startGateway({ ...composed, host: '127.0.0.1', port: 0 });
  return {
    url: `http://127.0.0.1:${running.port}`,
    async [Symbol.asyncDispose]() {
      await running.close();
      await composed[Symbol.asyncDispose]();
    },
  };
}

let repository: TemporaryRepository;
let running: RunningServer;
let gateway: Gateway;
let pictures: Awaited<ReturnType<typeof servePictures>>;

beforeAll(async () => {
  repository = await TemporaryRepository.create();
  await repository.addMnist(3);
  await repository.addFixture('half_plus_two');
  for (const version of [1, 2, 3]) {
    await repository.addMnist(version, `mnist-${version}`);
  }
  running = await useServer(repository.root);
  pictures = await servePictures();
  gateway = await useGateway(running.grpc, pictures.host);
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  pictures.close();
  await running[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
});

function predict(body: string | Uint8Array, type: string, model = 'mnist'): Promise<Response> {
  const url = `${gateway.url}/v1/models/${model}:predict`;
  return fetch(url, { method: 'POST', body: body as string, headers: { 'content-type': type } });
}

const picture = (name: string): Promise<Buffer<ArrayBuffer>> =>
  readFile(resolve(PICTURES, name)) as Promise<Buffer<ArrayBuffer>>;

async function labelOf(response: Response): Promise<Answer> {
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

describe('a picture', () => {
  it.each(['7-1.png', '7-1-large.jpg', '7-1-large.webp'])('as a raw body, %s, gets its label', async (name) => {
    const answer = await labelOf(await predict(await picture(name), 'image/png'));
    expect(answer).toMatchObject({ model: 'mnist', version: 3, predictions: [{ label: '7' }] });
    expect(answer.predictions[0]?.top).toHaveLength(3);
    expect(answer.predictions[0]?.score).toBe(answer.predictions[0]?.top[0]?.score);
  });

  it('in base64 gets its label', async () => {
    const body = JSON.stringify({ image: { b64: (await picture('4-616.png')).toString('base64') } });
    expect((await labelOf(await predict(body, 'application/json'))).predictions[0]?.label).toBe('4');
  });

  it('by its URL gets its label', async () => {
    const body = JSON.stringify({ url: `http://${pictures.host}/9-219.png` });
    expect((await labelOf(await predict(body, 'application/json'))).predictions[0]?.label).toBe('9');
  });
});

describe('wrong input', () => {
  it.each([
    ['a loopback URL', '{"url": "http://127.0.0.1/x.png"}', 'application/json', 403, '127.0.0.1'],
    ['a loopback URL in disguise', '{"url": "http://0x7f000001/x.png"}', 'application/json', 403, '127.0.0.1'],
    ['an IPv6 loopback URL', '{"url": "http://[::1]/x.png"}', 'application/json', 403, '::1'],
    ['another port', '{"url": "http://127.0.0.1:22/x.png"}', 'application/json', 400, 'port 22'],
    ['a private name', '{"url": "http://localhost/x.png"}', 'application/json', 403, 'localhost'],
    ['a file URL', '{"url": "file:///etc/passwd"}', 'application/json', 400, 'file'],
    ['no image', 'this is text', 'image/png', 400, 'picture'],
    ['a broken body', '{"url"', 'application/json', 400, 'JSON Parse error'],
  ])('%s is refused in words', async (_name, body, type, status, text) => {
    const response = await predict(body, type);
    const { error } = (await response.json()) as { readonly error: string };
    expect({ status: response.status, error }).toEqual({ status, error: expect.stringContaining(text) });
    expect((await predict(await picture('7-1.png'), 'image/png')).status).toBe(200);
  });

  it('a picture of 20,000 x 20,000 pixels is refused from its header', async () => {
    const header = Buffer.from(encodePng({ width: 1, height: 1, channels: 1, data: new Uint8Array(1) }));
    header.writeUInt32BE(20_000, 16);
    header.writeUInt32BE(20_000, 20);
    const response = await predict(header, 'image/png');
    expect(response.status).toBe(413);
    expect(await response.text()).toMatch(/20000.*24000000/);
  });

  it('a picture for a model without a pipeline is refused with the model and its version', async () => {
    const response = await predict(await picture('7-1.png'), 'image/png', 'half_plus_two');
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('half_plus_two');
  });
});

describe('JSON', () => {
  it("is TensorFlow Serving's, forwarded", async () => {
    const response = await predict('{"instances": [2.0, 3.0]}', 'application/json', 'half_plus_two');
    expect(await response.json()).toEqual({ predictions: [3, 3.5] });
    expect(response.headers.get('x-model-version')).toBe('1');
  });

  it('lists models, their status and metadata, and the health of the fleet', async () => {
    const get = async (path: string) => (await fetch(gateway.url + path)).json();
    expect(JSON.stringify(await get('/v1/models'))).toContain('half_plus_two');
    expect(await get('/v1/models/mnist')).toMatchObject({
      model_version_status: [{ version: '3', state: 'AVAILABLE' }],
    });
    expect(await get('/v1/models/mnist/metadata')).toMatchObject({ model_spec: { name: 'mnist', version: '3' } });
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  });
});

describe('a fleet that is away', () => {
  it('makes the gateway unhealthy, and predictions UNAVAILABLE', async () => {
    await using lonely = await useGateway('127.0.0.1:9');
    expect((await fetch(`${lonely.url}/healthz`)).status).toBe(503);
    const response = await fetch(`${lonely.url}/v1/models/mnist:predict`, {
      method: 'POST',
      body: '{"instances": [1]}',
    });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('30'); // what a fleet at zero needs to begin with
  });
});

/** Digits that a version misreads when they are sent as pictures through gateway and server. */
async function misread(model: string, digits: readonly Digit[]): Promise<number> {
  let wrong = 0;
  const queue = digits[Symbol.iterator]();
  const client = async (): Promise<void> => {
    for (const { label, pixels } of queue) {
      const png = encodePng({ width: 28, height: 28, channels: 1, data: pixels });
      const { predictions } = await labelOf(await predict(Buffer.from(png), 'image/png', model));
      wrong += predictions[0]?.label === String(label) ? 0 : 1;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, client));
  return wrong;
}

describe('the held-out digits, as pictures through the whole path', () => {
  it.each([1, 2, 3])('are misread by version %i exactly as often as its manifest says', async (version) => {
    const digits = await readHeldOut();
    const manifest = JSON.parse(await readFile(resolve(mnistDirectory(version), 'manifest.json'), 'utf8'));
    expect((await misread(`mnist-${version}`, digits)) / digits.length).toBe(manifest.metrics.test_error);
  });
});
