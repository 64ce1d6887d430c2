import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type AnyTensor, ARRAY_OF, Code, type DType, type NamedTensors, StatusError, tensor } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { differenceOf, EXACT, type Tolerance } from './compare-tensors.ts';
import { convertGolden } from './converted-golden.ts';

/** `static`: every shape known, attributes in full; `dynamic`: sizes unknown, attributes left out that have their default. */
export type GoldenVariant = 'static' | 'dynamic';

/** A graph of a few nodes, its inputs, and what TensorFlow answers: outputs, or an error. */
export interface OpGolden {
  readonly name: string;
  /** Encoded tensorflow.GraphDefs. The placeholder of an input is called like the input. */
  readonly graphs: ReadonlyMap<GoldenVariant, Uint8Array>;
  readonly inputs: NamedTensors;
  /** Values of the graph's VarHandleOp nodes, by name of the node. */
  readonly variables: NamedTensors;
  /** By name of an output: `node:0` in the graph. */
  readonly fetches: ReadonlyMap<string, string>;
  readonly expected: { readonly outputs: NamedTensors } | { readonly error: GoldenError };
  /** Undefined: DEFAULT_TOLERANCE. */
  readonly tolerance: Tolerance | undefined;
  readonly signedZero: boolean;
  /** The graphs that the converter does not take, and says so. */
  readonly refused: ReadonlySet<GoldenVariant>;
  /** Whether other processors than x86 answer differently. */
  readonly x86: boolean;
}

/** `code` is TensorFlow's name of it. */
export interface GoldenError {
  readonly code: string;
  readonly message: string;
}

/** A graph that was converted and has its sessions; goes away with its files. */
export interface ConvertedGraph extends AsyncDisposable {
  run(inputs: NamedTensors): Promise<NamedTensors>;
}

export type ConvertGolden = (golden: OpGolden, graph: Uint8Array) => Promise<ConvertedGraph>;

/** Relative to the expected number, or absolute near 0. Everything but floating point is compared exactly. */
const DEFAULT_TOLERANCE: { readonly [D in DType]?: Tolerance } = {
  FP16: { rtol: 1e-3, atol: 1e-4 },
  BF16: { rtol: 2e-3, atol: 2e-4 },
  FP32: { rtol: 1e-5, atol: 1e-6 },
  FP64: { rtol: 1e-12, atol: 1e-13 },
};

const FOLDER = resolve(import.meta.dirname, '../golden/ops');

/** One test per case of `test/golden/ops/<family>.json.gz`; a case passes when its graphs do. */
export function describeOpFamily(family: string, convert: ConvertGolden = convertGolden): void {
  describe(`TensorFlow's ${family} ops`, () => {
    it.each(readOpFamily(family).map((golden) => [golden.name, golden] as const))('%s', async (_name, golden) => {
      const problems: string[] = [];
      for (const variant of golden.graphs.keys()) {
        const problem = await problemOf(golden, variant, convert);
        problems.push(...(problem === undefined ? [] : [`${variant} graph: ${problem}`]));
      }
      if (problems.length > 0) {
        expect.fail(problems.join('\n'));
      }
    });
  });
}

/**
 * What is wrong with the conversion of one graph; undefined when it answers as TensorFlow does, raises where
 * TensorFlow raises, or is refused where that is expected.
 */
export async function problemOf(
  golden: OpGolden,
  variant: GoldenVariant,
  convert: ConvertGolden,
): Promise<string | undefined> {
  const { expected } = golden;
  const isRefusalExpected = golden.refused.has(variant);
  let outputs: NamedTensors;
  try {
    await using converted = await convert(golden, golden.graphs.get(variant) ?? new Uint8Array());
    outputs = await converted.run(golden.inputs);
  } catch (error) {
    if (!StatusError.is(error) || error.code === Code.Internal) {
      throw error;
    }
    const isRefused = error.code === Code.Unimplemented;
    return 'error' in expected || (isRefused && isRefusalExpected) ? undefined : `${error}`;
  }
  if ('error' in expected) {
    return `answers ${[...outputs.values()].map(({ data }) => data)}, TensorFlow raises ${expected.error.message}`;
  }
  const differences = golden.x86 && process.arch !== 'x64' ? [] : differencesOf(golden, outputs, expected.outputs);
  return isRefusalExpected ? 'is not refused any more' : differences.join('\n') || undefined;
}

function differencesOf(golden: OpGolden, actual: NamedTensors, expected: NamedTensors): string[] {
  return Array.from(expected, ([name, want]) => {
    const tolerance = golden.tolerance ?? DEFAULT_TOLERANCE[want.dtype] ?? EXACT;
    const difference = differenceOf(actual.get(name), want, { ...tolerance, signedZero: golden.signedZero });
    return difference === undefined ? [] : [`${name} ${difference}`];
  }).flat();
}

/** dtype, shape, data: raw bytes in base64, for strings one by one. */
type StoredTensor = readonly [dtype: DType, shape: readonly number[], data: string | readonly string[]];

/** As kit.py writes it. */
interface StoredCase {
  readonly graphs: Readonly<Record<GoldenVariant, string>>;
  readonly inputs: Readonly<Record<string, StoredTensor>>;
  readonly fetches: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, StoredTensor>>;
  readonly error?: GoldenError;
  readonly variables?: Readonly<Record<string, StoredTensor>>;
  readonly tolerance?: Tolerance;
  readonly signedZero?: boolean;
  readonly refused?: readonly GoldenVariant[];
  readonly x86?: boolean;
}

/** The families that have a file. */
export function opFamilies(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json.gz'))
    .map((name) => name.slice(0, -'.json.gz'.length));
}

export function readOpFamily(family: string): readonly OpGolden[] {
  const text = gunzipSync(readFileSync(`${FOLDER}/${family}.json.gz`)).toString();
  const cases: Readonly<Record<string, StoredCase>> = JSON.parse(text);
  return Object.entries(cases).map(([name, stored]) => goldenOf(name, stored));
}

function goldenOf(name: string, stored: StoredCase): OpGolden {
  const graphs = Object.entries(stored.graphs) as [GoldenVariant, string][]; // Object.entries forgets the keys' type
  return {
    name,
    graphs: new Map(graphs.map(([variant, graph]) => [variant, bytesOf(graph)])),
    inputs: tensorsOf(stored.inputs),
    variables: tensorsOf(stored.variables),
    fetches: new Map(Object.entries(stored.fetches)),
    expected: stored.error === undefined ? { outputs: tensorsOf(stored.outputs) } : { error: stored.error },
    tolerance: stored.tolerance,
    signedZero: stored.signedZero ?? false,
    refused: new Set(stored.refused),
    x86: stored.x86 ?? false,
  };
}

function tensorsOf(stored: Readonly<Record<string, StoredTensor>> = {}): NamedTensors {
  return new Map(Object.entries(stored).map(([name, one]) => [name, tensorOf(one)]));
}

function tensorOf([dtype, shape, data]: StoredTensor): AnyTensor {
  if (dtype === 'STRING') {
    return tensor('STRING', shape, Array.from(data, bytesOf));
  }
  return tensor(dtype, shape, new ARRAY_OF[dtype](bytesOf(String(data)).buffer)) as AnyTensor;
}

/** In a buffer of its own: typed arrays of every width can be made over it. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(base64, 'base64'));
}
