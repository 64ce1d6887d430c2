import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FetchRequest, VersionFetcher } from '../../gpu-backend/src/repository/version-fetcher.ts';
import {
  bytesOf,
  type CacheHarness,
  cacheHarness,
  contentOf,
  expectedContent,
  NEVER,
} from '../gpu-backend/repository/cache/cache-harness.ts';
import { gatedFiles } from '../gpu-backend/repository/cache/gated-files.ts';
import { RANDOM_SEED } from '../support/random-seed.ts';

type Files = Readonly<Record<string, Uint8Array>>;

const A = bytesOf(1500, 1);
const B = bytesOf(700, 2);
const C = bytesOf(2100, 3);
/** Versions that share some of their contents. */
const VERSIONS: readonly Files[] = [
  { 'model.onnx': A, 'a/b.bin': B },
  { 'model.onnx': C, 'copy.bin': A },
  { 'model.onnx': B, 'empty.bin': new Uint8Array() },
];

interface Wish {
  readonly version: number;
  readonly isPlain: boolean;
  readonly isReleased: boolean;
}

/** One step of a history: an operation of the disk goes on, a server is killed, or time passes. */
type Step = { readonly kind: 'go' | 'kill'; readonly pick: number } | { readonly kind: 'wait' };

/** A server whose every operation on the disk waits for its turn. */
class SteppedServer {
  readonly waiting: (() => void)[] = [];
  /** Operations of the disk that have begun and are not over. */
  running = 0;
  readonly pid: number;
  readonly cache: VersionFetcher;
  readonly done: Promise<void>;
  /** What it still has at the end. */
  readonly kept: (readonly [string, Wish, FetchRequest])[] = [];
  #isDead = false;
  isDone = false;

  constructor(harness: CacheHarness, pid: number, wishes: readonly (readonly [Wish, FetchRequest])[]) {
    this.pid = pid;
    const files = gatedFiles({
      before: async () => {
        if (!this.#isDead) {
          await new Promise<void>((go) => this.waiting.push(go));
        }
        if (this.#isDead) {
          throw new Error('killed');
        }
      },
      onRunning: (change) => {
        this.running += change;
      },
    });
    this.cache = harness.server({ files, rangeBytes: 1024, maxBytes: 2000, maxConnections: 2 });
    this.done = this.#work(wishes).finally(() => {
      this.isDone = true;
    });
    this.done.catch(() => undefined);
  }

  kill(): void {
    this.#isDead = true;
    for (const go of this.waiting.splice(0)) {
      go();
    }
  }

  async #work(wishes: readonly (readonly [Wish, FetchRequest])[]): Promise<void> {
    await Promise.all(
      wishes.map(async ([wish, request]) => {
        const { directory } = await this.cache.fetch(request, NEVER).catch((reason: unknown) => {
          if (this.#isDead) {
            return { directory: undefined };
          }
          throw reason;
        });
        if (directory !== undefined && !this.#isDead) {
          await expectContent(directory, wish, request);
          if (wish.isReleased) {
            this.cache.release(directory);
          } else {
            this.kept.push([directory, wish, request]);
          }
        }
      }),
    );
  }
}

async function expectContent(directory: string, wish: Wish, request: FetchRequest): Promise<void> {
  expect(await contentOf(directory)).toEqual(expectedContent(VERSIONS[wish.version] ?? {}, request));
}

const wish = fc.record({ version: fc.nat({ max: 2 }), isPlain: fc.boolean(), isReleased: fc.boolean() });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 40, arbitrary: fc.record({ kind: fc.constant('go' as const), pick: fc.nat({ max: 100 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const), pick: fc.nat({ max: 1 }) }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'wait' as const }) },
);

const SEEDS = [20_261_122, RANDOM_SEED];

describe.each(SEEDS)('createVersionCache, seed %d', (seed) => {
  it('hands out exactly the right bytes, however two servers on one disk and their deaths interleave', async () => {
    const wishes = fc.array(wish, { minLength: 1, maxLength: 3 });
    const property = fc.asyncProperty(fc.tuple(wishes, wishes), fc.infiniteStream(step), run);
    await fc.assert(property, { seed, numRuns: 50 });
  });
});

async function run(wishes: readonly [readonly Wish[], readonly Wish[]], steps: Iterator<Step>): Promise<void> {
  await using harness = await cacheHarness();
  const plain = await Promise.all(VERSIONS.map((files, i) => harness.upload('plain', i, files)));
  const listed = await Promise.all(VERSIONS.map((files, i) => harness.publish('listed', i, files)));
  let pids = 0;
  const begin = (which: 0 | 1): SteppedServer => {
    pids += 1;
    const requests = wishes[which].map((each) => [each, (each.isPlain ? plain : listed)[each.version]!] as const);
    return new SteppedServer(harness, pids, requests);
  };
  const servers: [SteppedServer, SteppedServer] = [begin(0), begin(1)];
  const all = [...servers];
  try {
    for (let kills = 0; !servers.every(({ isDone }) => isDone); ) {
      do {
        await new Promise((turn) => setImmediate(turn));
      } while (all.some(({ running }) => running > 0));
      const next = steps.next().value as Step; // it has no end
      const waiting = servers.flatMap((server) => server.waiting.map((_, index) => ({ server, index })));
      if (next.kind === 'kill' && kills < 4) {
        kills += 1;
        const which = next.pick === 0 ? 0 : 1;
        servers[which].kill();
        harness.processes.states.set(servers[which].pid, 'ended');
        servers[which] = begin(which);
        all.push(servers[which]);
      } else if (next.kind === 'wait' || waiting.length === 0) {
        harness.wallNow += 40_000;
        harness.clock.advance(500);
      } else if (next.kind === 'go') {
        const { server, index } = waiting[next.pick % waiting.length]!;
        server.waiting.splice(index, 1)[0]?.();
      }
    }
    for (const server of servers) {
      await server.done;
      for (const [directory, each, request] of server.kept) {
        await expectContent(directory, each, request);
      }
    }
  } finally {
    for (const server of all) {
      server.kill();
    }
  }
}
