import { internal } from '@tensorfleet/core';
import { ASSERTION_OPS } from '../control-flow/assert.ts';
import { BRANCH_OPS } from '../control-flow/branch.ts';
import { LIST_OPS } from '../control-flow/list-ops.ts';
import { TENSOR_ARRAY_OPS } from '../control-flow/tensor-array-ops.ts';
import { LOOP_OPS } from '../control-flow/while.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import { ACTIVATION_OPS } from './activations.ts';
import { ARG_EXTREMUM_OPS } from './arg-extremum.ts';
import { ARITHMETIC_OPS } from './arithmetic.ts';
import { ARRAY_OPS } from './array.ts';
import { BIT_OPS } from './bits.ts';
import { BLOCK_OPS } from './blocks.ts';
import { CALL_OPS } from './call.ts';
import { CAST_OPS } from './cast.ts';
import { CHECKING_OPS } from './checking.ts';
import { COLOUR_OPS } from './colour.ts';
import { COMBINED_SUPPRESSION_OPS } from './combined-suppression.ts';
import { COMPARISON_OPS } from './comparison.ts';
import { COMPLEX_OPS, complexHandlerOf } from './complex.ts';
import { CONVOLUTION_OPS } from './convolution.ts';
import { COUNTING_OPS } from './counting.ts';
import { DIAGONAL_OPS } from './diagonals.ts';
import { DIVISION_OPS } from './division.ts';
import { ELEMENTWISE_OPS } from './elementwise.ts';
import { EXTREMUM_REDUCTION_OPS } from './extremum-reduction.ts';
import { FOURIER_OPS } from './fourier.ts';
import { FUSED_OPS } from './fused.ts';
import { GATHERING_OPS } from './gathering.ts';
import { JOINING_OPS } from './joining.ts';
import { LINEAR_OPS } from './linear.ts';
import { LOOKUP_OPS } from './lookup.ts';
import { LOSS_OPS } from './loss.ts';
import { NORMALIZATION_OPS } from './normalization.ts';
import { NUMBERING_OPS } from './numbering.ts';
import { PARTITIONING_OPS } from './partitioning.ts';
import { PATCH_OPS } from './patches.ts';
import { POOLING_OPS } from './pooling.ts';
import { QUANTIZATION_OPS } from './quantization.ts';
import { REDUCTION_OPS } from './reduction.ts';
import { RESIZE_OPS } from './resize.ts';
import { RESOURCE_OPS } from './resource.ts';
import { RUNNING_OPS } from './running.ts';
import { SCATTERING_OPS } from './scattering.ts';
import { SEARCHING_OPS } from './searching.ts';
import { SEGMENT_OPS } from './segment.ts';
import { SELECTION_OPS } from './selection.ts';
import { SEQUENCE_OPS } from './sequence.ts';
import { SHIFTING_OPS } from './shifting.ts';
import { SLICING_OPS } from './slicing.ts';
import { SUPPRESSION_OPS } from './suppression.ts';
import { TRANSPOSED_CONVOLUTION_OPS } from './transposed-convolution.ts';
import { TRIGONOMETRY_OPS } from './trigonometry.ts';
import { WARPING_OPS } from './warping.ts';

/** The families; an op belongs to one. */
const FAMILIES: readonly OpTable[] = [
  ACTIVATION_OPS,
  ARG_EXTREMUM_OPS,
  ARITHMETIC_OPS,
  ARRAY_OPS,
  ASSERTION_OPS,
  BIT_OPS,
  BLOCK_OPS,
  BRANCH_OPS,
  CALL_OPS,
  CAST_OPS,
  CHECKING_OPS,
  COLOUR_OPS,
  COMBINED_SUPPRESSION_OPS,
  COMPARISON_OPS,
  COMPLEX_OPS,
  CONVOLUTION_OPS,
  COUNTING_OPS,
  DIAGONAL_OPS,
  DIVISION_OPS,
  ELEMENTWISE_OPS,
  EXTREMUM_REDUCTION_OPS,
  FOURIER_OPS,
  FUSED_OPS,
  GATHERING_OPS,
  JOINING_OPS,
  LINEAR_OPS,
  LIST_OPS,
  LOOKUP_OPS,
  LOOP_OPS,
  LOSS_OPS,
  NORMALIZATION_OPS,
  NUMBERING_OPS,
  PARTITIONING_OPS,
  PATCH_OPS,
  POOLING_OPS,
  QUANTIZATION_OPS,
  REDUCTION_OPS,
  RESIZE_OPS,
  RESOURCE_OPS,
  RUNNING_OPS,
  SCATTERING_OPS,
  SEARCHING_OPS,
  SEGMENT_OPS,
  SELECTION_OPS,
  SEQUENCE_OPS,
  SHIFTING_OPS,
  SLICING_OPS,
  TENSOR_ARRAY_OPS,
  SUPPRESSION_OPS,
  TRANSPOSED_CONVOLUTION_OPS,
  TRIGONOMETRY_OPS,
  WARPING_OPS,
];

const HANDLERS: ReadonlyMap<string, OpHandler> = merged(FAMILIES);

/** How an op is converted; undefined when it is not supported. */
export function handlerOf(op: string): OpHandler | undefined {
  return HANDLERS.get(op);
}

/** The same for inputs some of which are complex. */
export function handlerOfComplex(op: string): OpHandler | undefined {
  return complexHandlerOf(op, handlerOf);
}

/** The ops that are converted, in alphabetical order. */
export function convertedOps(): readonly string[] {
  return [...HANDLERS.keys()].toSorted();
}

/** Ops that hand elements on unchanged, or round by themselves: their BF16 outputs are not rounded again. */
export const MOVING_OPS: ReadonlySet<string> = new Set(
  'Abs BatchToSpaceND BroadcastTo Cast CheckNumerics ClipByValue ConcatV2 DeepCopy DepthToSpace Diag DiagPart DynamicPartition DynamicStitch EnsureShape ExpandDims ExtractImagePatches ExtractVolumePatches Fill Gather GatherNd GatherV2 GuaranteeConst Identity IdentityN MatrixBandPart MatrixDiag MatrixDiagPart MatrixDiagPartV2 MatrixDiagPartV3 MatrixDiagV2 MatrixDiagV3 MatrixSetDiag MatrixSetDiagV2 MatrixSetDiagV3 Max MaxPool MaxPool3D MaxPoolV2 Maximum Min Minimum MirrorPad Neg OnesLike Pack Pad PadV2 ParallelDynamicStitch PlaceholderWithDefault PreventGradient ReadVariableOp Relu Relu6 Reshape ResizeNearestNeighbor ResourceGather ResourceGatherNd Reverse ReverseSequence ReverseV2 Roll Select SelectV2 Sign Slice Snapshot SpaceToBatchND SpaceToDepth Split SplitV Squeeze StopGradient StridedSlice TensorScatterMax TensorScatterMin TensorScatterUpdate Tile TopKV2 Transpose Unpack ZerosLike'.split(
    ' ',
  ),
);

const ELEMENT_BY_ELEMENT = merged([ARITHMETIC_OPS, COMPARISON_OPS, ELEMENTWISE_OPS, RESOURCE_OPS, CALL_OPS]);
const ALSO_SHAPE_FREE: ReadonlySet<string> = new Set(['Identity', 'IdentityN', 'StopGradient', 'PreventGradient']);
const NEEDS_RANKS: ReadonlySet<string> = new Set(['BiasAdd', 'Select']);

/** Whether an op does the same for inputs of any shape, so that nothing has to be known of them. */
export function isShapeFree(op: string): boolean {
  return ALSO_SHAPE_FREE.has(op) || (ELEMENT_BY_ELEMENT.has(op) && !NEEDS_RANKS.has(op));
}

function merged(families: readonly OpTable[]): ReadonlyMap<string, OpHandler> {
  const handlers = new Map<string, OpHandler>();
  for (const [op, handler] of families.flatMap((family) => Object.entries(family))) {
    if (handlers.has(op)) {
      throw internal(`two families convert the op ${op}`);
    }
    handlers.set(op, handler);
  }
  return handlers;
}
