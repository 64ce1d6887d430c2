import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFleetClient, type FleetClient } from '@tensorfleet/client';
import { systemClock, version } from '@tensorfleet/core';
import { composeGateway, type RunningGateway, resolveGatewayConfig, startGateway } from '@tensorfleet/functions';
import { chooseVersion, formatTarget, INDEX_NAME, stickyUnit } from '@tensorfleet/repository';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseMetricsPage } from '../support/metrics-page.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { Program } from '../support/program.ts';
import { silentLog } from '../support/silent-log.ts';
import { fp32, named } from '../support/tensors.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

type Labels = Readonly<Record<string, number | Readonly<Record<string, number>>>>;

const BODY = '{"instances": [1]}';
const KEYS = Array.from({ length: 120 }, (_, i) => `user-${i}`);
const CONCURRENCY = 8;
const WEIGHTS = new Map([
  [version(1), 90],
  [version(2), 10],
]);

let repository: TemporaryRepository;
let running: RunningServer;
let fleet: FleetClient;
let gateway: RunningGateway & { readonly url: string };
const closing = new AsyncDisposableStack();

beforeAll(async () => {
  repository = closing.use(await TemporaryRepository.create());
  for (const number of [1, 2]) {
    await repository.addFixture('half_plus_two', 'm', number);
  }
  await route([1, 2], { stable: 1 });
  running = closing.use(await useServer(repository.root, { file_system_poll_wait_seconds: 3600 }));
  await look(); // versions without a manifest are taken at the second look
  await reached('stable', '1');
  fleet = closing.use(createFleetClient({ target: running.grpc, maxAttempts: 1 }));
  const config = resolveGatewayConfig({ FLEET_TARGET: running.grpc, LOG_LEVEL: 'silent' });
  const composed = closing.use(composeGateway(config, { clock: systemClock, log: silentLog() }));
  const started = await startGateway({ ...composed, host: '127.0.0.1', port: 0 });
  closing.defer(() => started.close());
  gateway = { ...started, url: `http://127.0.0.1:${started.port}` };
});

afterAll(() => closing.disposeAsync());

/** Writes the index by hand, as an editor that is careful would. */
async function route(versions: readonly number[], labels: Labels): Promise<void> {
  const published = { manifest: 'a'.repeat(64), bytes: 1, published: '2026-01-01T00:00:00Z' };
  const model = { versions: Object.fromEntries(versions.map((number) => [number, published])), labels };
  const path = join(repository.root, INDEX_NAME);
  await writeFile(`${path}.new`, JSON.stringify({ format: 1, models: { m: model } }));
  await rename(`${path}.new`, path);
}

async function look(): Promise<void> {
  await running.server.parts.models.source.scanNow();
}

/** Resolves when a label stands for this. */
async function reached(label: string, target: string): Promise<void> {
  const { models, monitor } = running.server.parts;
  await monitor.waitUntil(() => {
    const now = models.labels.of('m').get(label);
    return now !== undefined && formatTarget(now) === target;
  }, AbortSignal.timeout(30_000));
}

async function moved(versions: readonly number[], labels: Labels, label: string, target: string): Promise<void> {
  await route(versions, labels);
  await look();
  await reached(label, target);
}

/** The version that answers over HTTP. */
async function over(url: string, path: string, key?: string): Promise<number> {
  const headers: Record<string, string> = key === undefined ? {} : { 'x-routing-key': key };
  const response = await fetch(`${url}/v1/models/m${path}:predict`, { method: 'POST', body: BODY, headers });
  expect(response.status, await response.text()).toBe(200);
  return Number(response.headers.get('x-model-version'));
}

/** A few at a time: more would be refused as an overload. */
async function ofEach<T>(items: readonly T[], ask: (item: T) => Promise<number>): Promise<readonly number[]> {
  const answers: number[] = [];
  for (let i = 0; i < items.length; i += CONCURRENCY) {
    answers.push(...(await Promise.all(items.slice(i, i + CONCURRENCY).map(ask))));
  }
  return answers;
}

async function overGrpc(routingKey: string, versionLabel: string): Promise<number> {
  const { modelSpec } = await fleet.predict({ name: 'm', versionLabel }, named({ x: fp32([1], 1) }), { routingKey });
  return Number(modelSpec.version);
}

describe('a label with weights', () => {
  beforeEach(() => moved([1, 2], { stable: 1, canary: { 1: 90, 2: 10 } }, 'canary', '1 (90) 2 (10)'));

  it('has the command ask as the client that it is told, over REST and gRPC', async () => {
    const chosen = KEYS.find((key) => chooseVersion(WEIGHTS, (each) => stickyUnit('m', each, key)) === 2) ?? '';
    const body = join(repository.root, 'request.json');
    await writeFile(body, BODY);
    for (const to of [running.rest, running.grpc]) {
      const ask = ['predict', body, '--to', to, '--model', 'm', '--label', 'canary', '--routing-key', chosen];
      await using program = new Program('tensorfleet.ts', ask);
      expect(await program.exited, program.output).toBe(0);
      expect(program.output).toMatch(/\b2\b/);
    }
  });

  it('sends each key to one version, the same over REST, gRPC and a gateway, as is documented', async () => {
    const expected = KEYS.map((key) => Number(chooseVersion(WEIGHTS, (each) => stickyUnit('m', each, key))));
    expect(await ofEach(KEYS, (key) => over(running.rest, '/labels/canary', key))).toEqual(expected);
    expect(await ofEach(KEYS, (key) => overGrpc(key, 'canary'))).toEqual(expected);
    expect(await ofEach(KEYS, (key) => over(gateway.url, '/labels/canary', key))).toEqual(expected);
    const candidates = expected.filter((each) => each === 2).length;
    expect(candidates).toBeGreaterThan(4); // of 12 that are expected
    expect(candidates).toBeLessThan(24);
  });

  it('keeps the keys of a candidate that gets more', async () => {
    const before = await ofEach(KEYS, (key) => over(running.rest, '/labels/canary', key));
    await moved([1, 2], { stable: 1, canary: { 1: 50, 2: 50 } }, 'canary', '1 (50) 2 (50)');
    const after = await ofEach(KEYS, (key) => over(running.rest, '/labels/canary', key));
    expect(before.filter((each, i) => each === 2 && after[i] !== 2)).toEqual([]);
    expect(after.filter((each) => each === 2).length).toBeGreaterThan(40);
  });

  it('leaves requests without a label to stable, over all protocols', async () => {
    expect(await over(running.rest, '', 'user-1')).toBe(1);
    expect(await over(gateway.url, '', 'user-1')).toBe(1);
    expect((await fleet.predict({ name: 'm' }, named({ x: fp32([1], 1) }))).modelSpec.version).toBe(1);
    expect((await fleet.metadata({ name: 'm' })).modelSpec.version).toBe(1);
    expect((await fleet.status({ name: 'm' })).map((status) => Number(status.version))).toEqual([2, 1]);
  });

  it('is shown with its versions, and in metrics', async () => {
    const ofServer = await (await fetch(`${running.rest}/v1/models`)).json();
    expect(ofServer).toMatchObject({ models: [{ labels: { stable: 1, canary: { 1: 90, 2: 10 } } }] });
    const ofGateway = await (await fetch(`${gateway.url}/v1/models`)).json();
    expect(ofGateway).toMatchObject({
      models: [{ versions: [{ labels: ['canary 10%'] }, { labels: ['stable', 'canary 90%'] }] }],
    });
    const { samples } = parseMetricsPage(await (await fetch(`${running.rest}/metrics`)).text());
    const shares = samples.filter(({ name }) => name === 'tensorfleet_label_share');
    expect(shares.map(({ labels, value }) => [labels['label'], labels['version'], value])).toEqual([
      ['stable', '1', 1],
      ['canary', '1', 0.9],
      ['canary', '2', 0.1],
    ]);
  });
});

describe('a label that moves', () => {
  beforeEach(() => moved([1, 2], { stable: 1 }, 'stable', '1'));

  it('goes to its new version when that is loaded, and fails no request', async () => {
    const stop = new AbortController();
    const answers: number[] = [];
    const clients = Array.from({ length: 4 }, async () => {
      while (!stop.signal.aborted) {
        answers.push(await over(running.rest, ''));
      }
    });
    await repository.addFixture('half_plus_two', 'm', 4);
    await route([1, 2, 4], { stable: 4 });
    await look();
    await look();
    await reached('stable', '4');
    expect(await over(running.rest, '')).toBe(4);
    await moved([1, 2, 4], { stable: 2 }, 'stable', '2');
    stop.abort();
    await Promise.all(clients);
    expect([...new Set(answers)].toSorted()).toEqual([1, 2, 4]);
  });

  it('stays where its new version does not load, says why, and comes back', async () => {
    await repository.addFixture('half_plus_two', 'm', 3);
    await writeFile(join(repository.root, 'm/3/model.onnx'), 'no model');
    await route([1, 2, 3], { stable: { 1: 1, 3: 1 } });
    await look();
    await look();
    const { models, monitor } = running.server.parts;
    await monitor.waitUntil(
      () => models.published.pending('m').get('stable')?.error !== undefined,
      AbortSignal.timeout(30_000),
    );
    expect(await over(running.rest, '')).toBe(1);
    expect(await (await fetch(`${running.rest}/v1/models`)).json()).toMatchObject({
      models: [
        { labels: { stable: 1 }, pendingLabels: { stable: { target: { 1: 1, 3: 1 }, reason: expect.any(String) } } },
      ],
    });
    await moved([1, 2], { stable: 2 }, 'stable', '2');
    expect([await over(running.rest, ''), models.published.pending('m').size]).toEqual([2, 0]);
  });
});
