import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createFleetClient } from '@tensorfleet/client';
import { Code, StatusError, type Version, version } from '@tensorfleet/core';
import {
  addVersion,
  type IndexedModel,
  openObjectStore,
  parseIndex,
  promote,
  type RepositoryIndex,
  type RolloutBounds,
  setShadow,
  startRollout,
  updateIndex,
} from '@tensorfleet/repository';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHeldOut } from '../support/held-out.ts';
import { parseMetricsPage } from '../support/metrics-page.ts';
import { modelPath } from '../support/model-files.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { fp32, named } from '../support/tensors.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

/** Version 3 reads 2 % of the digits wrongly, version 1 reads 13 %; version 4 is no digit reader at all. */
const GOOD = version(3);
const WORSE = version(1);
const OTHER = version(4);

const DIGITS = (await readHeldOut()).slice(0, 200).map(({ pixels }) => {
  const values = Array.from(pixels, (pixel) => Math.fround(pixel / 255));
  return named({ images: fp32([1, 28, 28, 1], ...values) });
});

const BOUNDS: RolloutBounds = { windowSeconds: 5, minRequests: 20, maxErrorRate: 0.05 };
const STABLE_ROLLOUT = { model: 'mnist', label: 'stable', stepSeconds: 0.2 } as const;
/** What a rollout takes at most here; milliseconds. */
const ROLLOUT_MS = 40_000;

let repository: TemporaryRepository;
let running: RunningServer;

beforeEach(async () => {
  repository = await TemporaryRepository.create();
  await repository.addMnist(WORSE);
  await repository.addMnist(GOOD);
  await addOther();
  for (const each of [WORSE, GOOD, OTHER]) {
    const manifest = createHash('sha256')
      .update(await readFile(join(repository.root, 'mnist', String(each), 'manifest.json')))
      .digest('hex');
    await edit((index) => addVersion(index, { model: 'mnist', version: each, manifest, bytes: 1, at: Date.now() }));
  }
});

afterEach(async () => {
  await running?.[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
});

/** A version with another signature. */
async function addOther(): Promise<void> {
  const path = join(repository.root, 'mnist', String(OTHER), 'model.onnx');
  await mkdir(dirname(path), { recursive: true });
  await cp(modelPath('half_plus_two'), path);
  const content = await readFile(path);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const files = [{ path: 'model.onnx', bytes: content.length, sha256 }];
  await writeFile(join(dirname(path), 'manifest.json'), JSON.stringify({ format: 1, files }));
}

async function edit(change: (index: RepositoryIndex) => RepositoryIndex): Promise<void> {
  await updateIndex(await openObjectStore(repository.root, { environment: {} }), change);
}

/** What the index says about the model now. */
async function published(): Promise<IndexedModel> {
  const text = await readFile(join(repository.root, 'index.json'), 'utf8');
  const model = parseIndex(text, 'index.json').index.models.get('mnist');
  if (model === undefined) {
    throw new Error('the index has no mnist');
  }
  return model;
}

/** Serves the model with this version as `stable`. */
async function serveStable(stable: Version): Promise<void> {
  await edit((index) => promote(index, { model: 'mnist', version: stable, at: Date.now() }));
  running = await useServer(repository.root, { file_system_poll_wait_seconds: 3600 });
  const { manager, monitor } = running.server.parts;
  await monitor.waitUntil(() => manager.list().some((id) => id.version === stable));
}

/** Changes the index while the server runs, which hears of it. */
async function change(edits: (index: RepositoryIndex) => RepositoryIndex): Promise<void> {
  await edit(edits);
  await running.server.parts.models.source.scanNow('mnist');
}

interface Answers {
  readonly byVersion: Map<number, number>;
  readonly failures: Code[];
}

/** Eight clients ask until `isOver`, which is asked after every tenth answer of each. */
async function askUntil(isOver: () => Promise<boolean>): Promise<Answers> {
  const answers: Answers = { byVersion: new Map(), failures: [] };
  const deadline = performance.now() + ROLLOUT_MS;
  let isDone = false;
  const clients = Array.from({ length: 8 }, async (_, client) => {
    const fleet = createFleetClient({ target: running.grpc, maxAttempts: 1 });
    for (let round = 0; !isDone && performance.now() < deadline; round++) {
      try {
        const inputs = DIGITS[(client * 25 + round) % DIGITS.length] ?? new Map();
        const { modelSpec } = await fleet.predict({ name: 'mnist' }, inputs);
        const answeredBy = Number(modelSpec.version);
        answers.byVersion.set(answeredBy, (answers.byVersion.get(answeredBy) ?? 0) + 1);
      } catch (reason) {
        answers.failures.push(StatusError.from(reason).code);
      }
      isDone ||= round % 10 === 9 && (await isOver());
    }
    await fleet.close();
  });
  await Promise.all(clients);
  return answers;
}

async function rolloutIsOver(): Promise<boolean> {
  return (await published()).rollout?.state !== 'running';
}

async function total(metric: string, labels: Readonly<Record<string, string>>): Promise<number> {
  const page = parseMetricsPage(await (await fetch(`${running.rest}/metrics`)).text());
  return page.total(metric, labels);
}

describe('a shadow', () => {
  it('is compared with the version that answers, and answers nobody', { timeout: 60_000 }, async () => {
    await serveStable(GOOD);
    await change((index) => setShadow(index, { model: 'mnist', version: WORSE, percent: 100, at: Date.now() }));
    let asked = 0;
    const { byVersion, failures } = await askUntil(async () => ++asked >= 80);
    const requests = byVersion.get(GOOD) ?? 0;
    expect([[...byVersion.keys()], failures]).toEqual([[GOOD], []]);
    const outcome = (name: string) =>
      total('tensorfleet_mirrored_requests_total', { model: 'mnist', version: String(WORSE), outcome: name });
    await expect
      .poll(() => total('tensorfleet_mirrored_requests_total', { model: 'mnist', version: String(WORSE) }), {
        timeout: 20_000,
      })
      .toBe(requests);
    const [agreed, disagreed, failed] = [await outcome('agreed'), await outcome('disagreed'), await outcome('failed')];
    expect(failed).toBe(0);
    expect(disagreed / (agreed + disagreed)).toBeGreaterThan(0.02);
    expect(disagreed / (agreed + disagreed)).toBeLessThan(0.3);
    expect(await total('tensorfleet_requests_total', { model: 'mnist', version: String(WORSE) })).toBe(0);
  });
});

describe('a rollout', () => {
  it('steps up and is done without a failed request', { timeout: 60_000 }, async () => {
    await serveStable(WORSE);
    await change((index) =>
      startRollout(index, { ...STABLE_ROLLOUT, candidate: GOOD, steps: [10, 50, 100], bounds: BOUNDS, at: Date.now() }),
    );
    const { byVersion, failures } = await askUntil(rolloutIsOver);
    const { rollout, labels, history } = await published();
    expect([rollout?.state, labels.get('stable')]).toEqual(['done', GOOD]);
    expect(history.map(({ event }) => event).slice(-4)).toEqual(['stepped', 'stepped', 'stepped', 'promoted']);
    expect(failures).toEqual([]);
    expect([...byVersion.keys()].toSorted()).toEqual([WORSE, GOOD]);
    expect(await total('tensorfleet_rollout_decisions_total', { version: String(GOOD), decision: 'step' })).toBe(2);
  });

  it('rolls itself back when the candidate answers otherwise', { timeout: 60_000 }, async () => {
    await serveStable(GOOD);
    await change((index) => setShadow(index, { model: 'mnist', version: WORSE, percent: 100, at: Date.now() }));
    const bounds = { ...BOUNDS, maxDisagreement: 0.02 };
    await change((index) =>
      startRollout(index, { ...STABLE_ROLLOUT, candidate: WORSE, steps: [30, 100], bounds, at: Date.now() }),
    );
    const { failures } = await askUntil(rolloutIsOver);
    const { rollout, labels, history } = await published();
    expect([rollout?.state, labels.get('stable'), failures]).toEqual(['rolled_back', GOOD, []]);
    expect(history.at(-1)?.detail).toMatch(/disagreement .* is above 0.02/);
  });

  it('rolls itself back when the candidate refuses requests', { timeout: 60_000 }, async () => {
    await serveStable(GOOD);
    await change((index) =>
      startRollout(index, { ...STABLE_ROLLOUT, candidate: OTHER, steps: [20, 100], bounds: BOUNDS, at: Date.now() }),
    );
    const { failures, byVersion } = await askUntil(rolloutIsOver);
    const { rollout, labels, history } = await published();
    expect([rollout?.state, labels.get('stable')]).toEqual(['rolled_back', GOOD]);
    expect(history.at(-1)?.detail).toMatch(/refusal rate 1 .* is above the baseline's 0 by more than 0.05/);
    expect([...byVersion.keys()], 'nobody else failed').toEqual([GOOD]);
    expect(new Set(failures)).toEqual(new Set([Code.InvalidArgument]));
    let asked = 0;
    const after = await askUntil(async () => ++asked >= 20);
    expect(after.failures).toEqual([]);
  });
});
