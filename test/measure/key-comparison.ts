// Whether the time of refusing a key tells how much of it is right: `node test/measure/key-comparison.ts [rounds]`. Keys
// that are wrong from their first, their 33rd and their last character on, and one whose id is unknown, are verified in
// turn, in random order, the first of them twice, which shows the error of the method; the medians of the differences to the first are printed with their confidence intervals
// (percentile bootstrap, 95 %). An interval around 0 is what is hoped for.
import { timingSafeEqual } from 'node:crypto';
import { type ApiKey, createApiKey, digestOfKey } from '../../functions/src/authorizer/api-key.ts';
import { createKeyIndex, verifyKey } from '../../functions/src/authorizer/key-index.ts';

const ROUNDS = Number(process.argv[2] ?? 20_000);
/** Verifications that are timed together: one is shorter than the clock is exact. */
const BATCH = 20;
const RESAMPLES = 400;
const NOW = 0;

const key = createApiKey();
const record = {
  id: key.id,
  name: 'measured',
  secrets: [{ sha256: digestOfKey(key).toString('hex'), createdAt: '2026-01-01T00:00:00Z' }],
  scopes: [{ models: ['*'], actions: ['read' as const] }],
};
const index = createKeyIndex([record]);

/** Texts as they come from a header: V8 keeps what was joined or cut as a reference to its parts. */
function flat({ id, secret }: ApiKey): ApiKey {
  return { id: Buffer.from(id).toString('latin1'), secret: Buffer.from(secret).toString('latin1') };
}

function wrongFrom(place: number): ApiKey {
  const tail = Array.from(key.secret.slice(place), (character) => (character === 'f' ? '0' : 'f')).join('');
  return flat({ id: key.id, secret: key.secret.slice(0, place) + tail });
}

const cases: readonly (readonly [string, ApiKey])[] = [
  ['wrong from its first character', wrongFrom(0)],
  ['the same again', wrongFrom(0)],
  ['wrong from its 33rd', wrongFrom(32)],
  ['wrong from its last', wrongFrom(63)],
  ['of an unknown id', flat(createApiKey())],
];

/** The numbers below `count` in random order, each order as likely. */
function shuffled(count: number): readonly number[] {
  const keys = Array.from({ length: count }, () => Math.random());
  return keys.map((_, at) => at).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0));
}

function timeOf(run: () => void): number {
  const from = process.hrtime.bigint();
  for (let time = 0; time < BATCH; time++) {
    run();
  }
  return Number(process.hrtime.bigint() - from) / BATCH;
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** 95 % interval of the median. */
function interval(values: readonly number[]): readonly [number, number] {
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(Array.from(values, () => values[Math.floor(Math.random() * values.length)] ?? 0)),
  ).sort((a, b) => a - b);
  return [medians[Math.floor(RESAMPLES * 0.025)] ?? 0, medians[Math.floor(RESAMPLES * 0.975)] ?? 0];
}

function measure(title: string, equal: (a: Uint8Array, b: Uint8Array) => boolean): void {
  const differences = cases.map((): number[] => []);
  const base: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const times = new Float64Array(cases.length);
    for (const which of shuffled(cases.length)) {
      const [, presented] = cases[which] ?? cases[0]!;
      times[which] = timeOf(() => void verifyKey(index, presented, NOW, equal));
    }
    if (round >= ROUNDS / 10) {
      base.push(times[0] ?? 0);
      for (const [which, list] of differences.entries()) {
        list.push((times[which] ?? 0) - (times[0] ?? 0));
      }
    }
  }
  process.stdout.write(`${title}: ${median(base).toFixed(0)} ns a verification, ${base.length} rounds of ${BATCH}\n`);
  for (const [which, [name]] of cases.entries()) {
    if (which > 0) {
      const list = differences[which] ?? [];
      const [from, to] = interval(list).map((value) => value.toFixed(1));
      process.stdout.write(`  ${name}: ${median(list).toFixed(1)} ns more [${from}, ${to}]\n`);
    }
  }
}

measure('timingSafeEqual', timingSafeEqual);
