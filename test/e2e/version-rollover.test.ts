import { createFleetClient } from '@tensorfleet/client';
import { publishVersion, unpublishVersion } from '@tensorfleet/repository';
import { expect, it } from 'vitest';
import { readHeldOut } from '../support/held-out.ts';
import { mnistDirectory, TemporaryRepository } from '../support/model-repository.ts';
import { fp32, named } from '../support/tensors.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

const CLIENTS = 16;

/** One digit as tensor and as JSON row. */
const DIGITS = (await readHeldOut()).slice(0, 32).map(({ pixels }) => {
  const values = Array.from(pixels, (pixel) => Math.fround(pixel / 255));
  const rows = Array.from({ length: 28 }, (_, y) => values.slice(y * 28, y * 28 + 28).map((value) => [value]));
  return { inputs: named({ images: fp32([1, 28, 28, 1], ...values) }), json: JSON.stringify({ instances: [rows] }) };
});

interface Answer {
  readonly digit: number;
  readonly version: number;
  readonly scores: Float32Array;
}

/** Every answer of all clients; resolves `seen` when a version answers for the first time since it was asked for. */
class Answers {
  readonly all: Answer[] = [];
  #awaited: { readonly version: number; readonly resolve: () => void } | undefined;

  add(answer: Answer): void {
    this.all.push(answer);
    if (answer.version === this.#awaited?.version) {
      this.#awaited.resolve();
    }
  }

  seen(version: number): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited = { version, resolve };
    });
  }
}

/** Predicts until told to stop; every answer with the version that the server says made it. */
async function predictUntil(
  stop: AbortSignal,
  client: number,
  running: RunningServer,
  answers: Answers,
): Promise<void> {
  const fleet = createFleetClient({ target: running.grpc, maxAttempts: 1 });
  for (let round = client; !stop.aborted; round++) {
    const digit = round % DIGITS.length;
    answers.add(client % 2 === 0 ? await overGrpc(digit) : await overRest(digit));
  }
  await fleet.close();

  async function overGrpc(digit: number): Promise<Answer> {
    const { modelSpec, outputs } = await fleet.predict({ name: 'mnist' }, DIGITS[digit]?.inputs ?? new Map());
    return { digit, version: Number(modelSpec.version), scores: outputs.get('scores')?.data as Float32Array };
  }

  async function overRest(digit: number): Promise<Answer> {
    const body = DIGITS[digit]?.json ?? '';
    const response = await fetch(`${running.rest}/v1/models/mnist:predict`, { method: 'POST', body });
    expect(response.status).toBe(200);
    const { predictions } = (await response.json()) as { predictions: number[][] };
    const version = Number(response.headers.get('x-model-version'));
    return { digit, version, scores: Float32Array.from(predictions[0] ?? []) };
  }
}

it('16 clients see no failed request while versions 1, 2, 3 and 1 again are published', async () => {
  await using repository = await TemporaryRepository.create();
  const { root } = repository;
  const publish = (version: number) =>
    publishVersion({ source: mnistDirectory(version), root, model: 'mnist', version });
  await publish(1);
  await using running = await useServer(root, { file_system_poll_wait_seconds: 3600 });
  const { models, manager, monitor } = running.server.parts;
  const served = (version: number) =>
    monitor.waitUntil(
      () =>
        manager
          .list()
          .map((id) => id.version)
          .join() === String(version),
    );
  const stop = new AbortController();
  const answers = new Answers();
  const clients = Array.from({ length: CLIENTS }, (_, client) => predictUntil(stop.signal, client, running, answers));

  for (const [step, version] of [
    [() => publish(2), 2],
    [() => publish(3), 3],
    [rollBack, 1],
  ] as const) {
    await step();
    await models.source.scanNow('mnist');
    await served(version);
    await answers.seen(version);
  }
  stop.abort();
  await Promise.all(clients);

  expect([...new Set(answers.all.map((answer) => answer.version))].toSorted()).toEqual([1, 2, 3]);
  expectOneAnswerPerVersion(answers.all);
  expect(manager.snapshots().get('mnist')).toHaveLength(1);

  async function rollBack(): Promise<void> {
    await unpublishVersion({ root, model: 'mnist', version: 3 });
    await unpublishVersion({ root, model: 'mnist', version: 2 });
  }
});

/** Rounding may depend on how many rows share a run; versions differ by far more. */
const TOLERANCE = 1e-5;

/** The same digit on the same version has the same scores, whoever asked and however: no answer mixes versions. */
function expectOneAnswerPerVersion(answers: readonly Answer[]): void {
  const seen = new Map<string, Float32Array>();
  for (const { digit, version, scores } of answers) {
    const key = `${version}/${digit}`;
    const first = seen.get(key) ?? scores;
    seen.set(key, first);
    expect(Math.max(...scores.map((score, index) => Math.abs(score - (first[index] ?? 0))))).toBeLessThan(TOLERANCE);
  }
}
