import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Code, StatusError } from '@tensorfleet/core';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readSortedTable } from '../../gpu-backend/src/engine/savedmodel/bundle/sorted-table.ts';
import { openCheckpoint } from '../../gpu-backend/src/engine/savedmodel/bundle/tensor-bundle.ts';
import type { AttributeMap } from '../../gpu-backend/src/engine/savedmodel/graph-def.ts';
import { readSavedModel } from '../../gpu-backend/src/engine/savedmodel/read-saved-model.ts';
import { sortedTable } from '../gpu-backend/engine/savedmodel/bundle/write-bundle.ts';
import { EXPECTED, modelDirectory, variablesDirectory } from '../gpu-backend/engine/savedmodel/golden-models.ts';
import { temporaryDirectory } from '../gpu-backend/engine/savedmodel/temporary-directory.ts';
import { RANDOM_SEED } from '../support/random-seed.ts';

const FIXED_SEED = 20_261_121;
const SEEDS = [FIXED_SEED, RANDOM_SEED];

/** What a broken model may be called. */
const ANSWERS: ReadonlySet<Code> = new Set([Code.DataLoss, Code.Unimplemented, Code.InvalidArgument, Code.NotFound]);
/** Over what the process had: a tensor may claim 256 MiB with one value, and two may be alive until the next collection. */
const MAX_GROWTH_BYTES = 1.5 * 2 ** 30;

/** Undefined for a StatusError that may be; anything else fails the test. */
function answered<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!StatusError.is(error) || !ANSWERS.has(error.code) || error.message === '') {
      throw error;
    }
    return undefined;
  }
}

type Mutation = (bytes: Uint8Array) => Uint8Array;

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Lengths and counts that claim what is not there, and bytes that end or continue a varint. */
const CLAIMS = [
  '7f',
  'ff7f',
  'ffffff7f',
  'ffffffff0f',
  'ffffffffffffffff7f',
  'ffffffffffffffffff01',
  '00',
  '80',
  '80808080808080808080',
];

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.array(fc.tuple(place, fc.nat(7)), { minLength: 1, maxLength: 8 }).map(
    (hits): Mutation =>
      (bytes) => {
        const changed = bytes.slice();
        for (const [where, bit] of hits) {
          const index = Math.floor(where * changed.length);
          changed[index] = (changed[index] ?? 0) ^ (1 << bit);
        }
        return changed;
      },
  ),
  place.map(
    (where): Mutation =>
      (bytes) =>
        bytes.slice(0, Math.floor(where * bytes.length)),
  ),
  fc.tuple(place, place, fc.nat(300), fc.nat(300)).map(
    ([from, to, length, removed]): Mutation =>
      (bytes) => {
        const start = Math.floor(from * bytes.length);
        const target = Math.floor(to * bytes.length);
        const copied = bytes.subarray(start, start + length);
        return Buffer.concat([bytes.subarray(0, target), copied, bytes.subarray(target + removed)]);
      },
  ),
  fc.tuple(place, fc.constantFrom(...CLAIMS), fc.nat(10)).map(
    ([where, claim, removed]): Mutation =>
      (bytes) => {
        const index = Math.floor(where * bytes.length);
        return Buffer.concat([bytes.subarray(0, index), Buffer.from(claim, 'hex'), bytes.subarray(index + removed)]);
      },
  ),
);

/** Asks for everything that is decoded late. */
function loadAttributes(attributes: AttributeMap): void {
  for (const attribute of attributes.values()) {
    if (attribute.kind === 'tensor') {
      answered(attribute.load);
    } else if (attribute.kind === 'list') {
      attribute.value.tensors.forEach(answered);
    } else if (attribute.kind === 'function') {
      loadAttributes(attribute.value.attributes);
    }
  }
}

function loadModel(directory: string): boolean {
  const model = answered(() => readSavedModel(directory));
  for (const { graph, signatures } of model?.metaGraphs ?? []) {
    for (const { nodes } of [graph, ...graph.functions.values()]) {
      for (const { attributes } of nodes) {
        loadAttributes(attributes);
      }
    }
    for (const { defaults } of signatures.values()) {
      [...defaults.values()].forEach(answered);
    }
  }
  return model !== undefined;
}

/** Reads every tensor both ways; how many could be read. */
function loadCheckpoint(directory: string): number {
  const checkpoint = answered(() => openCheckpoint(directory));
  const keys = [...(checkpoint?.entries.keys() ?? [])];
  return keys.filter((key) => {
    const tensor = answered(() => checkpoint?.read(key));
    const blocks = answered(() => Array.from(checkpoint?.blocks(key) ?? [], (block) => block.length));
    expect(tensor === undefined || tensor.dtype === 'STRING' || blocks !== undefined).toBe(true);
    return tensor !== undefined;
  }).length;
}

const work = temporaryDirectory();
afterAll(() => work[Symbol.dispose]());

function run(seed: number, numRuns: number, act: (mutate: Mutation) => void): void {
  const before = process.memoryUsage().rss;
  fc.assert(fc.property(mutation, act), { seed, numRuns });
  expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH_BYTES);
}

describe.each(SEEDS)('a mutated SavedModel is read or refused, seed %i', (seed) => {
  it.each([
    ['dtypes', 'saved_model.pb', 400],
    ['v1', 'saved_model.pb', 400],
    ['constant', 'saved_model.pb', 1500],
    ['text', 'saved_model.pbtxt', 500],
  ])('%s/%s', (name, file, numRuns) => {
    const good = readFileSync(join(modelDirectory(name), file));
    const directory = join(work.path, `${name}-${seed}`);
    cpSync(modelDirectory(name), directory, { recursive: true });
    expect(loadModel(directory)).toBe(true);

    run(seed, numRuns, (mutate) => {
      writeFileSync(join(directory, file), mutate(good));
      loadModel(directory);
    });
  });
});

describe.each(SEEDS)('a mutated checkpoint is read or refused, seed %i', (seed) => {
  const cases = ['dtypes', 'v1'].flatMap((name) => {
    const shards = name === 'v1' ? [0, 1, 2] : [0];
    const files = shards.map((shard) => `variables.data-0000${shard}-of-0000${shards.length}`);
    return ['variables.index', ...files].map((file) => [name, file] as const);
  });

  function copyOf(name: string): string {
    const directory = join(work.path, `${name}-variables-${seed}`);
    cpSync(variablesDirectory(name), directory, { recursive: true });
    return directory;
  }

  it.each(cases)('%s/%s', (name, file) => {
    const good = readFileSync(join(variablesDirectory(name), file));
    const directory = copyOf(name);
    const expected = Object.values(EXPECTED[name]!.checkpoint).filter(
      ({ dtype }) => !dtype.startsWith('complex'),
    ).length;
    expect(loadCheckpoint(directory)).toBeGreaterThanOrEqual(expected);

    run(seed, 300, (mutate) => {
      writeFileSync(join(directory, file), mutate(good));
      loadCheckpoint(directory);
    });
  });

  it.each(['dtypes', 'v1'])('%s/variables.index with checksums that are right', (name) => {
    const directory = copyOf(name);
    const index = join(directory, 'variables.index');
    const rows = Array.from(readSortedTable(readFileSync(index)));
    const anyRow = fc.nat(rows.length - 1);
    writeFileSync(index, sortedTable([rows]));
    expect(loadCheckpoint(directory)).toBeGreaterThan(0);

    fc.assert(
      fc.property(anyRow, fc.constantFrom('key', 'value'), mutation, (at, part, mutate) => {
        const changed = rows.map((row, place) => (place === at ? { ...row, [part]: mutate(row[part]) } : row));
        writeFileSync(index, sortedTable([changed]));
        loadCheckpoint(directory);
      }),
      { seed, numRuns: 600 },
    );
  });
});
