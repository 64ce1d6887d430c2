import type { DataType, NamedTensorInfoMap } from '@tensorflow/tfjs-core';

/**
 * The dtypes that kernels of TensorFlow.js' WebAssembly backend (4.22) compute in. With others they answer what lies
 * in their memory, and for bool, which has one byte per element and not four, write beyond the tensor.
 */
const FLOATS = `
  Acos Acosh Asin Asinh Atan Atan2 Atanh AvgPool AvgPool3D BatchMatMul Ceil ClipByValue Conv2D Conv2DBackpropInput Conv3D
  Cos Cosh DepthwiseConv2dNative Dilation2D Elu Erf Exp Expm1 Floor FusedBatchNorm FusedConv2D FusedDepthwiseConv2D IsFinite
  IsInf IsNan LRN LeakyRelu Log Log1p MaxPool MaxPool3D MaxPoolWithArgmax Pow Prelu Reciprocal ResizeBilinear Round
  Rsqrt Selu Sigmoid Sin Sinh Softmax Softplus Sqrt Tan Tanh _FusedMatMul`;

const BOOLS_TOO = `
  All Any Cast Equal ExpandDims Fill GatherV2 LogicalAnd LogicalOr LogicalXor NotEqual OnesLike Pack PadV2 Select SplitV
  StridedSlice Tile Transpose Unpack ZerosLike`;

const STRINGS_TOO = 'Concat Identity Reshape Slice StringNGrams StringSplit StringToHashBucketFast';

const DTYPES: ReadonlyMap<string, readonly DataType[]> = new Map<string, readonly DataType[]>([
  ...rows(FLOATS, ['float32']),
  ...rows(BOOLS_TOO, ['float32', 'int32', 'bool']),
  ...rows(STRINGS_TOO, ['float32', 'int32', 'bool', 'string']),
  ['LogicalNot', ['bool']],
]);

const OTHERS: readonly DataType[] = ['float32', 'int32'];

/** These take the dtype of their second input from the first. */
const SAME_DTYPE = new Set([
  ...names('Atan2 Pow Prelu Add BitwiseAnd FloorDiv Maximum Minimum Mod Multiply RealDiv SquaredDifference Sub'),
  ...names('Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr LogicalXor'),
]);

/** What WebAssembly's kernel `name` cannot take among the dtypes of these inputs; undefined when it can take all. */
export function refusedDTypes(name: string, inputs: NamedTensorInfoMap): string | undefined {
  const dtypes = Object.values(inputs).flatMap((input) => [input ?? []].flat().map(({ dtype }) => dtype));
  const allowed = DTYPES.get(name) ?? OTHERS;
  const differ = SAME_DTYPE.has(name) && new Set(dtypes).size > 1;
  return differ || dtypes.some((dtype) => !allowed.includes(dtype)) ? dtypes.join(', ') : undefined;
}

function rows(list: string, dtypes: readonly DataType[]): readonly [string, readonly DataType[]][] {
  return names(list).map((name) => [name, dtypes]);
}

function names(list: string): readonly string[] {
  return list.trim().split(/\s+/);
}
