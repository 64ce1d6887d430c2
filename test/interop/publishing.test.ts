import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { npyBytes, npzBytes } from '../scripts/data/npy-bytes.ts';
import { type DigitAnswer, DigitLoad, digitBody } from '../support/digit-load.ts';
import { type Digit, readHeldOut } from '../support/held-out.ts';
import { parseMetricsPage } from '../support/metrics-page.ts';
import { mnistDirectory } from '../support/model-repository.ts';
import { World } from './publishing-world.ts';
import { installVersitygw } from './store-servers.ts';

const versitygw = await installVersitygw();

const REQUESTS_PER_SECOND = 40;

/** Those that the version reads as they are. */
async function easyFor(rest: string, version: number, digits: readonly Digit[]): Promise<readonly Digit[]> {
  const easy: Digit[] = [];
  for (const digit of digits) {
    const response = await ask(rest, version, digit);
    const { predictions } = (await response.json()) as { predictions: number[][] };
    const scores = predictions[0] ?? [];
    if (scores.indexOf(Math.max(...scores)) === digit.label) {
      easy.push(digit);
    }
  }
  return easy;
}

async function ask(rest: string, version: number, digit: Digit): Promise<Response> {
  return await fetch(`${rest}/v1/models/mnist/versions/${version}:predict`, { method: 'POST', body: digitBody(digit) });
}

/** Milliseconds until the version answers whoever asks for it by its number. */
async function untilServed(rest: string, version: number, digit: Digit, since: number): Promise<number> {
  while ((await ask(rest, version, digit)).status !== 200) {
    // the server is asked again as soon as it has answered
  }
  return Math.max(0, Math.round(performance.now() - since));
}

/** A data set of digits in the form of examples/mnist/held-out.npz. */
function dataSetOf(digits: readonly Digit[]): Uint8Array {
  const images = Buffer.concat(digits.map(({ pixels }) => pixels));
  return npzBytes({
    'images.npy': npyBytes('|u1', `(${digits.length}, 28, 28)`, images),
    'labels.npy': npyBytes(
      '|u1',
      `(${digits.length},)`,
      Uint8Array.from(digits, ({ label }) => label),
    ),
  });
}

function shareOf(version: number, answers: readonly DigitAnswer[]): number {
  return answers.filter((answer) => answer.version === version).length / answers.length;
}

/** The versions that each client has met. */
function metBy(answers: readonly DigitAnswer[]): ReadonlyMap<string, ReadonlySet<number>> {
  const met = new Map<string, Set<number>>();
  for (const { key, version } of answers) {
    met.set(key, (met.get(key) ?? new Set()).add(version));
  }
  return met;
}

async function metricOf(rest: string, name: string, labels: Readonly<Record<string, string>>): Promise<number> {
  const page = await fetch(`${rest}/metrics`);
  return parseMetricsPage(await page.text()).total(name, labels);
}

describe.skipIf('missing' in versitygw)('publishing over S3 under load', () => {
  it('rolls, shadows, refuses, promotes and goes back without a failed request', { timeout: 600_000 }, async () => {
    if ('missing' in versitygw) {
      return;
    }
    await using world = await World.create(versitygw.start);
    const { model } = world;
    await world.done('publish', mnistDirectory(1), model, '--labels', 'stable');
    const rest = await world.serve();
    const digits = await readHeldOut();
    const easy = await easyFor(rest, 1, digits.slice(0, 200));
    await using load = await DigitLoad.start(`${rest}/v1/models/mnist:predict`, REQUESTS_PER_SECOND);
    await load.next(20);

    // 1 -> 2: a version without the label answers nobody who does not ask for it
    const publishedAt = await world.done('publish', mnistDirectory(2), model);
    const servedMs = await untilServed(rest, 2, digits[0] as Digit, publishedAt);
    say(`${servedMs} ms from the end of the upload to the first answer of version 2`);
    expect(shareOf(1, await load.next(50))).toBe(1);
    const promotedAt = await world.done('promote', model, '--version', '2');
    const { at } = await load.until(({ version }) => version === 2);
    say(`${Math.round(at - promotedAt)} ms from promote to the first answer of version 2 to those who name none`);
    expect(shareOf(2, await load.next(50))).toBe(1);

    // 3 as a canary: its share, and every client always meets the same one
    await world.done('publish', mnistDirectory(3), model);
    await world.done('label', model, 'stable=2:80,3:20');
    await load.until(({ version }) => version === 3);
    const split = await load.next(400);
    expect(shareOf(3, split)).toBeGreaterThan(0.05);
    expect(shareOf(3, split)).toBeLessThan(0.4);
    expect([...metBy(split).values()].filter(({ size }) => size > 1)).toEqual([]);

    // and as a shadow: compared, never answered with
    await world.done('label', model, 'stable=2');
    await world.done('shadow', model, '--version', '3');
    await load.until(({ version }) => version === 2);
    await load.next(REQUESTS_PER_SECOND * 5);
    expect(await metricOf(rest, 'tensorfleet_mirrored_requests_total', { outcome: 'agreed' })).toBeGreaterThan(20);
    expect(await metricOf(rest, 'tensorfleet_mirrored_requests_total', { outcome: 'disagreed' })).toBeGreaterThan(0);
    await world.done('shadow', model, '--off');
    await world.done('promote', model, '--version', '3');
    await load.until(({ version }) => version === 3);
    expect(shareOf(3, await load.next(50))).toBe(1);

    // a worse version does not pass the gate
    const gate = join(world.directory, 'gate.yaml');
    const held = join(world.directory, 'digits.npz');
    await writeFile(held, dataSetOf(digits.slice(0, 300)));
    await writeFile(
      gate,
      `data: { file: ${held}, images: images, labels: labels }\noptimising: { metric: error_rate }\n`,
    );
    const refused = await world.run('publish', mnistDirectory(1), model, '--gate', gate);
    expect(refused, refused.output).toMatchObject({ code: 1, output: expect.stringContaining('version 3 serves on') });

    // one passes a gate whose digits are too easy, and goes back by itself when it meets the others
    await writeFile(held, dataSetOf(easy));
    await writeFile(
      gate,
      `data: { file: ${held}, images: images, labels: labels }\ngating: { error_rate: { max: 0 } }\npromote: false\n`,
    );
    await world.done('publish', mnistDirectory(1), model, '--gate', gate);
    const rollout = ['--steps', '20,100', '--every', '1h', '--min-requests', '30', '--window', '1m'];
    await world.done('promote', model, '--version', '4', ...rollout, '--max-disagreement', '0.05');
    await load.until(({ version }) => version === 4);
    const wentBackAt = await untilHistorySays(world, /rolled back.*disagreement/i);
    expect(shareOf(3, (await load.next(200)).slice(100))).toBe(1);
    say(wentBackAt);

    expect(load.failures).toEqual([]);
    say(`${load.answers.length} requests, ${load.failures.length} failed`);
  });
});

function say(what: string): void {
  process.stdout.write(`publishing: ${what}\n`);
}

async function untilHistorySays(world: World, what: RegExp): Promise<string> {
  for (;;) {
    const { output } = await world.run('versions', world.model, '--history');
    const line = output.split('\n').find((each) => what.test(each));
    if (line !== undefined) {
      return line;
    }
  }
}
