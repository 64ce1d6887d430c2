import { Buffer } from 'node:buffer';
import { type AnyTensor, type DType, type NumericDType, tensor } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadGraphModel } from '../../../../gpu-backend/src/engine/tfjs/graph-model.ts';
import type { ModelJson } from '../../../../gpu-backend/src/engine/tfjs/model-json.ts';
import { type TfjsBackend, tfjsRuntime } from '../../../../gpu-backend/src/engine/tfjs/tfjs-runtime.ts';
import {
  type TfjsValues,
  tensorFromTfjs,
  tfjsDType,
  valuesToTfjs,
} from '../../../../gpu-backend/src/engine/tfjs/tfjs-tensor.ts';
import { differenceOf } from '../../../support/compare-tensors.ts';

const runtime = await tfjsRuntime();

const TYPE = { FP32: 'DT_FLOAT', INT32: 'DT_INT32', BOOL: 'DT_BOOL' } as const;
type Numeric = keyof typeof TYPE;

interface OpCase {
  readonly op: string;
  readonly inputs: readonly AnyTensor[];
  /** The first input stays an input of the graph, these many others are Consts. */
  readonly attr?: Record<string, unknown>;
  readonly output?: Numeric;
}

const ANY_SHAPE = { dim: [], unknownRank: true };

/** The op of a case on one backend: its first output, or the first line of its error. */
async function compute({ op, inputs, attr = {}, output }: OpCase, backend: TfjsBackend): Promise<AnyTensor | string> {
  const dtype = output ?? (inputs[0]?.dtype as Numeric);
  const types = inputs.map((one) => TYPE[one.dtype as Numeric]);
  const nodes = types.map((type, index) => ({
    name: `x${index}`,
    op: index === 0 ? 'Placeholder' : 'Const',
    attr: { dtype: { type }, shape: { shape: ANY_SHAPE } },
  }));
  const node = { name: 'n', op, input: nodes.map(({ name }) => name), attr: { T: { type: types[0] }, ...attr } };
  const model: ModelJson = {
    fileName: 'model.json',
    kind: 'graph',
    topology: { node: [...nodes, node], versions: {} },
    weightGroups: [],
    signature: {
      inputs: { x0: { name: 'x0:0', dtype: types[0] ?? '', tensorShape: ANY_SHAPE } },
      outputs: { y: { name: 'n:0', dtype: TYPE[dtype], tensorShape: ANY_SHAPE } },
    },
    initializer: undefined,
  };
  const weights = inputs.slice(1).map((one, index) => ({
    spec: { name: `x${index + 1}`, shape: [...one.shape], dtype: tfjsDType(one.dtype, '') as 'float32' },
    bytes: Uint8Array.from(new Uint8Array((one.data as Float32Array<ArrayBuffer>).slice().buffer)),
  }));
  return runtime.exclusive(backend, async () => {
    const engine = runtime.core.engine();
    engine.startScope();
    try {
      const loaded = await loadGraphModel(runtime, model, weights);
      const [first] = inputs as [AnyTensor];
      const values = valuesToTfjs(first, 'x0') as Float32Array;
      const feed = engine.makeTensor(values, [...first.shape], tfjsDType(first.dtype, 'x0'));
      const result = (await loaded.execute(new Map([['x0', feed]]))).get('y')!;
      return tensorFromTfjs(result.dataSync() as TfjsValues, result.dtype, result.shape, dtype, 'y');
    } catch (error) {
      return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    } finally {
      engine.endScope();
    }
  });
}

/** Both backends agree, or WebAssembly refuses; JavaScript may lack a kernel too. */
async function expectAgreement(one: OpCase): Promise<void> {
  const [wasm, cpu] = [await compute(one, 'wasm'), await compute(one, 'cpu')];
  if (typeof wasm !== 'string' && typeof cpu !== 'string') {
    expect(differenceOf(wasm, cpu, { rtol: 1e-4, atol: 1e-5 })).toBeUndefined();
  } else if (typeof wasm !== 'string' && !String(cpu).includes("backend 'cpu'")) {
    expect.fail(`WebAssembly answers where JavaScript says: ${cpu}`);
  }
}

const ARRAYS = { FP32: Float32Array, INT32: Int32Array, BOOL: Uint8Array } as const;

function filled(dtype: Numeric, shape: readonly number[], seed: number): AnyTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  let state = seed + 1;
  const values = new ARRAYS[dtype](count).map(() => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const value = (state / 2_147_483_648) * 8 - 4;
    return dtype === 'BOOL' ? Number(value > 0) : dtype === 'INT32' ? Math.trunc(value * 2) : value;
  });
  return tensor(dtype as NumericDType, shape, values) as AnyTensor;
}

const int32 = (shape: readonly number[], ...values: number[]): AnyTensor =>
  tensor('INT32', shape, Int32Array.from(values));
const fp32 = (shape: readonly number[], ...values: number[]): AnyTensor =>
  tensor('FP32', shape, Float32Array.from(values));
const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });
const ints = (...values: number[]) => ({ list: { i: values.map(String) } });

const dtypes = fc.constantFrom<Numeric>('FP32', 'INT32', 'BOOL');
const shapes = fc.array(fc.constantFrom(0, 1, 2, 3, 5), { maxLength: 4 });
const seeds = fc.nat(1000);

const UNARY = `Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Elu Erf Exp Expm1 Floor IsFinite IsInf IsNan Log Log1p
  LogicalNot Neg Reciprocal Relu Relu6 Round Rsqrt Selu Sigmoid Sign Sin Sinh Softplus Sqrt Square Tan Tanh LeakyRelu Identity
  ZerosLike OnesLike`.split(/\s+/);
const BINARY =
  `AddV2 Sub Mul RealDiv FloorDiv FloorMod Pow Maximum Minimum SquaredDifference Atan2 Equal NotEqual Greater
  GreaterEqual Less LessEqual LogicalAnd LogicalOr Prelu`.split(/\s+/);
const REDUCTIONS = 'Max Min Mean Sum Prod All Any'.split(' ');
const BOOLEAN = new Set(
  'IsFinite IsInf IsNan LogicalNot Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr All Any'.split(
    ' ',
  ),
);

const outputOf = (op: string, dtype: Numeric): Numeric => (BOOLEAN.has(op) ? 'BOOL' : dtype);

describe('guardBackends', () => {
  it('lets WebAssembly compute elementwise what JavaScript computes, of every dtype and shape, or nothing', async () => {
    const cases = fc.record({ op: fc.constantFrom(...UNARY), dtype: dtypes, shape: shapes, seed: seeds });
    await fc.assert(
      fc.asyncProperty(cases, ({ op, dtype, shape, seed }) =>
        expectAgreement({ op, inputs: [filled(dtype, shape, seed)], output: outputOf(op, dtype) }),
      ),
      { numRuns: 150 },
    );
  });

  it('lets WebAssembly compute pairs, broadcast, as JavaScript does or not at all', async () => {
    const cases = fc.record({
      op: fc.constantFrom(...BINARY),
      dtype: dtypes,
      sizes: fc.array(fc.record({ size: fc.constantFrom(0, 1, 2, 3), left: fc.boolean(), right: fc.boolean() }), {
        maxLength: 4,
      }),
      cut: fc.nat(3),
      seed: seeds,
    });
    await fc.assert(
      fc.asyncProperty(cases, ({ op, dtype, sizes, cut, seed }) => {
        const left = sizes.map((one) => (one.left ? 1 : one.size));
        const right = sizes.map((one) => (one.right ? 1 : one.size)).slice(cut);
        return expectAgreement({
          op,
          inputs: [filled(dtype, left, seed), filled(dtype, right, seed + 1)],
          output: outputOf(op, dtype),
        });
      }),
      { numRuns: 150 },
    );
  });

  it('lets WebAssembly reduce as JavaScript does or not at all', async () => {
    const cases = fc.record({
      op: fc.constantFrom(...REDUCTIONS),
      dtype: dtypes,
      shape: fc.array(fc.constantFrom(0, 1, 2, 3), { minLength: 1, maxLength: 4 }),
      axes: fc.uniqueArray(fc.nat(3), { maxLength: 3 }),
      keep: fc.boolean(),
      seed: seeds,
    });
    await fc.assert(
      fc.asyncProperty(cases, ({ op, dtype, shape, axes, keep, seed }) => {
        const inside = axes.filter((axis) => axis < shape.length);
        return expectAgreement({
          op,
          inputs: [filled(dtype, shape, seed), int32([inside.length], ...inside)],
          attr: { keep_dims: { b: keep } },
          output: outputOf(op, dtype),
        });
      }),
      { numRuns: 150 },
    );
  });

  it('lets WebAssembly cut, join and gather as JavaScript does or not at all', async () => {
    const cases = fc.record({
      dtype: dtypes,
      shape: fc.array(fc.constantFrom(0, 1, 2, 3), { minLength: 1, maxLength: 4 }),
      seed: seeds,
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ dtype, shape, seed }) => {
        const x = filled(dtype, shape, seed);
        const each = (value: (size: number, axis: number) => number): AnyTensor =>
          int32([shape.length], ...shape.map(value));
        for (const [op, ...rest] of [
          ['Transpose', each((_, axis) => shape.length - 1 - axis)],
          ['Tile', each((_, axis) => axis)],
          ['ReverseV2', int32([1], 0)],
          ['Slice', each(() => 0), each((size) => Math.max(0, size - 1))],
          ['StridedSlice', each(() => -1), each(() => -9), each(() => -2)],
          ['Pad', int32([shape.length, 2], ...shape.flatMap(() => [1, 2]))],
          ['GatherV2', int32([2], 0, 1), int32([], 0)],
          ['GatherV2', int32([0]), int32([], 0)],
          ['GatherNd', int32([2, 1], 0, 1)],
          ['Cumsum', int32([], -1)],
        ] as const) {
          await expectAgreement({ op, inputs: [x, ...rest] });
        }
        await expectAgreement({ op: 'ConcatV2', inputs: [x, x, int32([], -1)], attr: { N: { i: '2' } } });
        await expectAgreement({ op: 'Cast', inputs: [x], attr: { DstT: { type: 'DT_BOOL' } }, output: 'BOOL' });
        await expectAgreement({ op: 'Cast', inputs: [x], attr: { DstT: { type: 'DT_INT32' } }, output: 'INT32' });
      }),
      { numRuns: 40 },
    );
  });

  it('lets WebAssembly slide windows as JavaScript does or not at all', async () => {
    const cases = fc.record({
      op: fc.constantFrom('Conv2D', 'DepthwiseConv2dNative', 'MaxPool', 'AvgPool'),
      padding: fc.constantFrom('SAME', 'VALID'),
      shape: fc.tuple(fc.nat(2), fc.nat(6), fc.nat(6), fc.constantFrom(1, 3)),
      kernel: fc.tuple(fc.constantFrom(1, 2, 3), fc.constantFrom(1, 2, 3)),
      stride: fc.constantFrom(1, 2),
      seed: seeds,
    });
    await fc.assert(
      fc.asyncProperty(cases, ({ op, padding, shape, kernel, stride, seed }) => {
        const x = filled('FP32', shape, seed);
        const filters = op.endsWith('Pool') ? [] : [filled('FP32', [...kernel, shape[3], 2], seed + 1)];
        const attr = {
          padding: text(padding),
          strides: ints(1, stride, stride, 1),
          dilations: ints(1, 1, 1, 1),
          ksize: ints(1, ...kernel, 1),
          data_format: text('NHWC'),
        };
        return expectAgreement({ op, inputs: [x, ...filters], attr });
      }),
      { numRuns: 120 },
    );
  });

  /** What WebAssembly answers from, or writes to, memory that is not the tensor's, without these guards. */
  it.each<[string, OpCase, string]>([
    ['a maximum of nothing', { op: 'Max', inputs: [fp32([0]), int32([1], 0)] }, 'Max over an empty dimension of [0]'],
    [
      'an integer divided by zero',
      { op: 'FloorDiv', inputs: [int32([2], 1, 2), int32([2], 1, 0)] },
      'Integer division by zero',
    ],
    [
      'the rest of a division by zero',
      { op: 'FloorMod', inputs: [int32([1], 1), int32([], 0)] },
      'Integer division by zero',
    ],
    [
      'an index beyond the tensor',
      { op: 'GatherNd', inputs: [fp32([2], 1, 2), int32([1, 1], 100_000)] },
      'index 100000 for a dimension of 2',
    ],
    [
      'a negative index',
      { op: 'GatherNd', inputs: [fp32([2], 1, 2), int32([1, 1], -1)] },
      'index -1 for a dimension of 2',
    ],
    [
      'an index to scatter to',
      { op: 'ScatterNd', inputs: [int32([1, 1], 100_000), fp32([1], 5), int32([1], 4)], output: 'FP32' },
      'index 100000 for a dimension of 4',
    ],
    ['nothing to choose from', { op: 'TopKV2', inputs: [fp32([0]), int32([], 0)] }, 'TopK of nothing'],
    [
      'a window larger than its picture',
      {
        op: 'MaxPool',
        inputs: [fp32([1, 1, 1, 1], 1)],
        attr: { ksize: ints(1, 3, 3, 1), strides: ints(1, 1, 1, 1), padding: text('VALID'), data_format: text('NHWC') },
      },
      'would have the shape [1,-1,-1,1]',
    ],
  ])('refuses %s', async (_name, one, message) => {
    expect(await compute(one, 'wasm')).toContain(message);
    expect(typeof (await compute(one, 'cpu'))).toBe('string');
  });

  it('leaves convolutions to JavaScript that WebAssembly answers with zeros', async () => {
    const x = filled('FP32', [1, 6, 5, 1], 1);
    const attr = {
      padding: text('SAME'),
      strides: ints(1, 2, 2, 1),
      dilations: ints(1, 1, 1, 1),
      data_format: text('NHWC'),
    };
    const long = { op: 'Conv2D', inputs: [x, filled('FP32', [1, 2, 1, 1], 2)], attr };
    const pointwise = { op: 'Conv2D', inputs: [x, filled('FP32', [1, 1, 1, 1], 2)], attr };
    expect(await compute(long, 'wasm')).toContain("Kernel 'Conv2D' not registered for backend 'wasm' with strides");
    expect(await compute(pointwise, 'wasm')).toMatchObject({ shape: [1, 3, 3, 1] });
  });

  it.each<[DType, string]>([
    ['BOOL', 'Exp'],
    ['INT32', 'Exp'],
    ['BOOL', 'Neg'],
  ])('says that WebAssembly has no kernel for %s and %s', async (dtype, op) => {
    expect(await compute({ op, inputs: [filled(dtype as Numeric, [3], 1)] }, 'wasm')).toContain(
      `Kernel '${op}' not registered for backend 'wasm' with`,
    );
  });
});
