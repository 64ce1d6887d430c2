import { StatusError } from '@tensorfleet/core';
import fc from 'fast-check';
import { expect } from 'vitest';
import { CLAIM_NAME } from '../../../../layers/repository/src/format/claim.ts';
import { MANIFEST_NAME } from '../../../../layers/repository/src/format/manifest.ts';
import { publishToStore, type StoredVersion } from '../../../../layers/repository/src/publish/publish-to-store.ts';
import { reindex } from '../../../../layers/repository/src/publish/reindex.ts';
import { retireFromStore } from '../../../../layers/repository/src/publish/retire-version.ts';
import { MemoryStore } from '../../../fakes/memory-store.ts';
import { type Actor, type Fate, Turns } from '../../../fakes/turns.ts';
import { contentsIn, indexIn, sourceOf } from './published-store.ts';

/** What two publishers and a plain upload consist of. No two of them have an equal file. */
const CONTENTS = {
  one: { 'model.tflite': 'one', 'labels.txt': 'cat' },
  two: { 'model.tflite': 'two', 'a/b.txt': 'dog' },
  // Complete only with both files of weights.
  plain: { 'model.json': '{"weightsManifest":[{"paths":["w1.bin","w2.bin"]}]}', 'w1.bin': '1', 'w2.bin': '2' },
} as const;
type Content = keyof typeof CONTENTS;

const textOfContent = (files: Iterable<readonly [string, string]>): string => JSON.stringify([...files].toSorted());
const KNOWN: ReadonlyMap<string, Content> = new Map(
  (Object.keys(CONTENTS) as Content[]).map((name) => [textOfContent(Object.entries(CONTENTS[name])), name]),
);

interface Publication {
  readonly content: 'one' | 'two';
  readonly version: number | 'next';
  readonly labels: readonly string[];
}

interface Plan {
  readonly publications: readonly Publication[];
  readonly plain: { readonly number: number; readonly order: readonly string[] };
  readonly retired: readonly { readonly version: number; readonly deleteFiles: boolean }[];
  /** Whether version 1 is published before anybody begins. */
  readonly hasIndex: boolean;
  readonly fates: readonly Fate[];
  /** Who goes on, and how: each number is one turn. Afterwards the first in the list goes on, unharmed. */
  readonly choices: readonly number[];
}

const number = fc.integer({ min: 1, max: 4 });
const publication: fc.Arbitrary<Publication> = fc.record({
  content: fc.constantFrom('one', 'two'),
  version: fc.oneof(fc.constant('next' as const), number),
  labels: fc.constantFrom([], ['stable']),
});

function plans(fates: readonly Fate[]): fc.Arbitrary<Plan> {
  return fc.record({
    publications: fc.array(publication, { minLength: 2, maxLength: 2 }),
    plain: fc.record({
      number,
      order: fc.shuffledSubarray(Object.keys(CONTENTS.plain), { minLength: 3, maxLength: 3 }),
    }),
    retired: fc.array(fc.record({ version: number, deleteFiles: fc.boolean() }), { maxLength: 2 }),
    // Without one, publishers refuse to hide the plain upload as soon as it has begun.
    hasIndex: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
    fates: fc.constant(fates),
    choices: fc.array(fc.nat(1_000_000), { maxLength: 150, size: 'max' }),
  });
}

/** Publishers that were killed are run again so often. */
const MAX_RUNS = 3;

type Sources = Readonly<Record<'one' | 'two', Awaited<ReturnType<typeof sourceOf>>>>;

/** One run of a plan, with everything that is checked after each turn. */
class World {
  readonly store = new MemoryStore();
  readonly turns = new Turns(this.store);
  readonly #plan: Plan;
  readonly #sources: Sources;
  readonly #publishers = new Map<Actor, { readonly publication: Publication; readonly run: number }>();
  #versions = new Map<number, string>();
  readonly log: string[] = [];

  constructor(plan: Plan, sources: Sources) {
    this.#plan = plan;
    this.#sources = sources;
  }

  async run(): Promise<void> {
    await this.#begin();
    const choices = this.#plan.choices[Symbol.iterator]();
    for (let waiting = this.turns.waiting; waiting.length > 0; waiting = this.turns.waiting) {
      const choice = choices.next().value ?? 0;
      const actor = waiting[choice % waiting.length] as Actor;
      const fate = this.#plan.fates[Math.floor(choice / 64) % this.#plan.fates.length] ?? 'goes on';
      this.log.push(`${actor.name} ${fate}: ${actor.pending}`);
      await this.turns.give(actor, Math.floor(choice / 8), choice === 0 ? 'goes on' : fate);
      this.#check();
      await this.#resume(actor);
    }
    this.#checkEnd();
  }

  async #begin(): Promise<void> {
    const { publications, plain, retired, hasIndex } = this.#plan;
    if (hasIndex) {
      await publishToStore({ source: this.#sources.one.path, store: this.store, model: 'm', version: 1, now: () => 0 });
      this.#check();
    }
    for (const each of publications) {
      await this.#publish(each, 1);
    }
    await this.turns.begin('plain', async (store) => {
      for (const path of plain.order) {
        const data = new TextEncoder().encode(new Map(Object.entries(CONTENTS.plain)).get(path) ?? '');
        await store.put(`m/${plain.number}/${path}`, data).catch(() => store.put(`m/${plain.number}/${path}`, data));
      }
    });
    for (const each of retired) {
      const now = (): number => this.turns.now;
      await this.turns.begin(`retire ${each.version}`, (store) => retireFromStore({ store, model: 'm', now, ...each }));
    }
    await this.turns.begin('reindex', async (store, clock) => {
      const now = (): number => this.turns.now;
      const common = { policy: { settleMs: 5, giveUpMs: 1000 }, watch: false, signal: new AbortController().signal };
      for (let round = 0; round < 3; round++) {
        const told = { onOutcome: () => undefined, onOutage: () => undefined };
        await reindex({ store, clock, now, ...common, ...told }).catch(() => undefined);
      }
    });
  }

  async #publish(publication: Publication, run: number): Promise<void> {
    const { content, version, labels } = publication;
    const options = { source: this.#sources[content].path, model: 'm', version, labels, now: () => this.turns.now };
    const name = `publish ${content} as ${version}, run ${run}`;
    const actor = await this.turns.begin(name, (store) => publishToStore({ store, ...options }));
    this.#publishers.set(actor, { publication, run });
  }

  async #resume(actor: Actor): Promise<void> {
    const publisher = this.#publishers.get(actor);
    if (publisher !== undefined && actor.state === 'killed' && publisher.run < MAX_RUNS) {
      await this.#publish(publisher.publication, publisher.run + 1);
    }
  }

  /** After every turn: nothing is lost or invented, and what is named is there, as a server would get it. */
  #check(): void {
    const model = indexIn(this.store).models.get('m');
    const versions = new Map([...(model?.versions ?? [])].map(([each, { manifest }]) => [each as number, manifest]));
    for (const [each, manifest] of this.#versions) {
      if (versions.get(each) !== manifest) {
        expect({ each, manifest, retired: model?.retired }).toMatchObject({ retired: expect.arrayContaining([each]) });
        expect(this.#plan.retired.map(({ version }) => version)).toContain(each);
      }
    }
    expect((model?.retired ?? []).filter((each) => versions.has(each))).toEqual([]);
    for (const each of versions.keys()) {
      expect([...KNOWN.keys()]).toContain(textOfContent(contentsIn(this.store, 'm', each)));
    }
    this.#versions = versions;
    this.#checkRemains();
  }

  /** What has neither a claim nor a manifest is taken for a plain upload, by whoever looks. */
  #checkRemains(): void {
    const directories = Map.groupBy(
      [...this.store.objects.keys()].filter((key) => key.startsWith('m/')).map((key) => key.split('/')),
      ([, name]) => name,
    );
    for (const [name, keys] of directories) {
      const paths = keys.map((parts) => parts.slice(2).join('/'));
      if (!paths.includes(CLAIM_NAME) && !paths.includes(MANIFEST_NAME)) {
        const foreign = paths.filter((path) => !(path in CONTENTS.plain));
        expect({ name, foreign }).toEqual({ name, foreign: [] });
      }
    }
  }

  #checkEnd(): void {
    const model = indexIn(this.store).models.get('m');
    for (const [{ name, result }, { publication }] of this.#publishers) {
      if (result?.status === 'fulfilled') {
        const { version, digest } = result.value as StoredVersion;
        const isRetired = model?.retired.includes(version);
        expect({ name, manifest: isRetired ? digest : model?.versions.get(version)?.manifest }).toEqual({
          ...{ name, manifest: digest },
        });
        expect([publication.version, 'next']).toContain(publication.version === 'next' ? 'next' : version);
      } else if (result?.status === 'rejected' && !StatusError.is(result.reason)) {
        throw result.reason;
      }
    }
  }
}

async function runPlan(plan: Plan, sources: Sources): Promise<void> {
  const world = new World(plan, sources);
  try {
    await world.run();
  } catch (reason) {
    throw new Error(`${StatusError.from(reason).message}\nafter\n${world.log.join('\n')}`, { cause: reason });
  }
}

const GOES_ON: readonly Fate[] = Array.from({ length: 20 }, () => 'goes on');

export const HARMS: readonly (readonly [string, readonly Fate[]])[] = [
  ['nobody is harmed', GOES_ON],
  [
    'publishers and others are killed before and after any operation',
    [...GOES_ON, 'is killed before', 'is killed after'],
  ],
  ['a store loses answers of writes that have happened', [...GOES_ON.slice(16), 'loses the answer']],
  ['both happen', [...GOES_ON.slice(10), 'loses the answer', 'is killed before', 'is killed after']],
];

/**
 * Two publishers, a plain upload, reindex and retirers over one store, in random orders of their operations: checks after
 * each of them that no version is lost or invented and that the index names only what is complete. Rejects with the seed,
 * the smallest plan that fails, and who did what.
 */
export async function checkInterleavings(fates: readonly Fate[], numRuns: number): Promise<void> {
  await using one = await sourceOf(CONTENTS.one);
  await using two = await sourceOf(CONTENTS.two);
  const run = async (plan: Plan): Promise<void> => await runPlan(plan, { one, two });
  await fc.assert(fc.asyncProperty(plans(fates), run), { numRuns, interruptAfterTimeLimit: 40_000 });
}
