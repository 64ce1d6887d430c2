import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFleetClient } from '@tensorfleet/client';
import { Code, version } from '@tensorfleet/core';
import { publishVersion } from '@tensorfleet/repository';
import { expect, it } from 'vitest';
import { TemporaryRepository } from '../support/model-repository.ts';
import { RELOADED, reload } from '../support/reload-request.ts';
import { fp32, named, valuesOf } from '../support/tensors.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

/** What half_plus_two and half_plus_three answer for 2: odd versions are the one, even ones the other. */
const answerOf = (number: number): number => (number % 2 === 1 ? 3 : 4);

/** Asks by label, by number and for the latest, over both protocols, and counts the answers by who gave them. */
class Clients {
  readonly answers = new Map<string, number>();
  readonly #running: RunningServer;
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>;
  #awaited: { readonly key: string; readonly resolve: () => void } | undefined;

  constructor(running: RunningServer) {
    this.#running = running;
    const overGrpc = ['stable', '1', 'latest', 'stable'].map((what) => this.#overGrpc(what));
    this.#loops = Promise.all([...overGrpc, this.#overRest('stable'), this.#overRest('latest')]).then(() => undefined);
  }

  /** Resolves when a request that begins from now on is answered by this version: `stable 2`. */
  async seen(key: string): Promise<void> {
    await Promise.race([
      this.#loops,
      new Promise<void>((resolve) => {
        this.#awaited = { key, resolve };
      }),
    ]);
  }

  /** Rejects when any request has failed. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loops;
  }

  async #overGrpc(what: string): Promise<void> {
    await using fleet = createFleetClient({ target: this.#running.grpc, maxAttempts: 1 });
    const spec = what === 'latest' ? {} : what === '1' ? { version: version(1) } : { versionLabel: what };
    while (!this.#stop.signal.aborted) {
      const { modelSpec, outputs } = await fleet.predict({ name: 'm', ...spec }, named({ x: fp32([1], 2) }));
      this.#count(what, Number(modelSpec.version), valuesOf(outputs, 'y'));
    }
  }

  async #overRest(what: string): Promise<void> {
    const path = what === 'latest' ? '' : `/labels/${what}`;
    while (!this.#stop.signal.aborted) {
      const response = await fetch(`${this.#running.rest}/v1/models/m${path}:predict`, {
        method: 'POST',
        body: '{"instances":[2.0]}',
      });
      const text = await response.text();
      expect([response.status, text]).toEqual([200, expect.anything()]);
      const values = (JSON.parse(text) as { predictions: number[] }).predictions;
      this.#count(what, Number(response.headers.get('x-model-version')), values);
    }
  }

  #count(what: string, number: number, values: readonly number[]): void {
    expect(values).toEqual([answerOf(number)]);
    const key = `${what} ${number}`;
    this.answers.set(key, (this.answers.get(key) ?? 0) + 1);
    if (key === this.#awaited?.key) {
      this.#awaited.resolve();
    }
  }
}

async function publish(repository: TemporaryRepository, model: string, number: number): Promise<void> {
  const fixture = answerOf(number) === 3 ? 'half_plus_two' : 'half_plus_three';
  await repository.addFixture(fixture, '.sources', number);
  const source = join(repository.root, '.sources', String(number));
  await publishVersion({ source, root: repository.root, model, version: number });
}

it('no request fails while reloads add, move and remove models and flip labels', async () => {
  await using repository = await TemporaryRepository.create();
  const { root } = repository;
  const place = (name: string) => join(root, name);
  await publish(repository, 'm', 1);
  const file = join(root, 'models.config');
  await writeFile(
    file,
    `model_config_list { config {
      name: "m" base_path: "${place('m')}" model_platform: "tensorflow"
      model_version_policy { all {} } version_labels { key: "stable" value: 1 } } }`,
  );
  await using running = await useServer(root, {
    model_repository: '',
    model_config_file: file,
    file_system_poll_wait_seconds: 3600,
  });
  const clients = new Clients(running);
  await clients.seen('stable 1');

  // a version and the label on it come with one reload
  await publish(repository, 'm', 2);
  const m = { name: 'm', basePath: place('m'), labels: { stable: 2 } };
  expect(await reload(running.grpc, [m])).toEqual(RELOADED);
  await clients.seen('stable 2');

  await publish(repository, 'other', 1);
  const other = { name: 'other', basePath: place('other') };
  expect(await reload(running.grpc, [m, other])).toEqual(RELOADED);
  expect(await reload(running.grpc, [m])).toEqual(RELOADED);

  // both versions move; they are served from the old place until the new one is loaded
  await publish(repository, 'moved', 1);
  await publish(repository, 'moved', 2);
  const moved = { ...m, basePath: place('moved') };
  expect(await reload(running.grpc, [moved])).toEqual(RELOADED);

  // the policy drops the version that the label leaves
  expect(await reload(running.grpc, [{ ...moved, versions: [1], labels: { stable: 1 } }])).toEqual(RELOADED);
  await clients.seen('latest 1');
  await clients.seen('stable 1');

  await clients.stop();
  expect([...clients.answers.keys()].toSorted()).toEqual(['1 1', 'latest 1', 'latest 2', 'stable 1', 'stable 2']);
  const loaded = running.server.parts.manager.snapshots().get('m');
  expect(loaded?.map(({ id, state }) => `${id.version} ${state}`)).toEqual(['1 ready']);
});

it('a reload tells over gRPC what it refuses and what does not load', async () => {
  await using repository = await TemporaryRepository.create();
  await publish(repository, 'm', 1);
  await repository.addFixture('truncated', 'bad');
  const m = { name: 'm', basePath: join(repository.root, 'm') };
  await using running = await useServer(repository.root, {
    model_repository: '',
    model_name: 'm',
    model_base_path: m.basePath,
    max_num_load_retries: 0,
  });
  expect(await reload(running.grpc, [m, m])).toEqual([
    Code.InvalidArgument,
    'Illegal to list model m multiple times in config list',
  ]);
  expect(await reload(running.grpc, [{ ...m, labels: { stable: 7 } }])).toEqual([
    Code.FailedPrecondition,
    'Request to assign label to version 7 of model m, which is not currently available for inference',
  ]);
  const [code, message] = await reload(running.grpc, [m, { name: 'bad', basePath: join(repository.root, 'bad') }]);
  expect([code, message]).toEqual([
    Code.Unknown,
    expect.stringMatching(
      /^1 model\(s\) did not become available: \{\{\{name: bad version: 1\} due to error: .+\}, \}$/,
    ),
  ]);
  const ready = await fetch(`${running.rest}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([503, { ready: false, draining: false, waitingFor: ['bad'] }]);
  expect(await reload(running.grpc, [m])).toEqual(RELOADED);
  expect((await fetch(`${running.rest}/readyz`)).status).toBe(200);
});
