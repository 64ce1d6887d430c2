import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';

/** One call of a kernel. */
export interface KernelCall {
  readonly name: string;
  readonly backendName: string;
  readonly core: typeof import('@tensorflow/tfjs-core');
  readonly backend: object;
  readonly inputs: NamedTensorInfoMap;
  attrs?: NamedAttrMap;
}

/** Throws for what the kernel would compute wrong; may put the attributes right. */
export type BeforeKernel = (call: KernelCall) => void;

/** Throws for a wrong result; may put its shape right. */
export type AfterKernel = (call: KernelCall, results: readonly TensorInfo[]) => void;

/** The error that makes the whole model compute in JavaScript. */
export function missing(name: string, reason: string, backendName = 'wasm'): Error {
  return new Error(`Kernel '${name}' not registered for backend '${backendName}' with ${reason}`);
}

export function hasEmpty(inputs: NamedTensorInfoMap): boolean {
  return Object.values(inputs).some((input) => [input ?? []].flat().some(({ shape }) => shape.includes(0)));
}

/** For int32, WebAssembly divides by zero to any number and stops at the rest; JavaScript makes 0 of both. */
function refuseZeroDivisor({ inputs: { b }, backend }: KernelCall): void {
  if (b?.dtype === 'int32' && valuesOf(b, backend).includes(0)) {
    throw new Error('Integer division by zero');
  }
}

/** JavaScript's running sums take a negative axis for none. */
function countAxisFromFront(call: KernelCall): void {
  const axis = Number(call.attrs?.['axis']);
  call.attrs = { ...call.attrs, axis: axis < 0 ? axis + (call.inputs['x']?.shape.length ?? 0) : axis };
}

/** WebAssembly reads and writes wherever an index points to. */
function checkIndices({ name, inputs, attrs, backend }: KernelCall): void {
  const indices = inputs['indices'] ?? inputs['sparseIndices'];
  const shape = inputs['params']?.shape ?? inputs['tensor']?.shape ?? attrs?.['shape'] ?? attrs?.['outputShape'];
  if (indices === undefined || !Array.isArray(shape)) {
    return;
  }
  const depth = indices.shape.length < 2 && name === 'SparseToDense' ? 1 : (indices.shape.at(-1) ?? 1);
  for (const [position, index] of valuesOf(indices, backend).entries()) {
    const size = Number(shape[position % depth]);
    if (!(index >= 0 && index < size)) {
      throw new Error(`${name} has the index ${index} for a dimension of ${size}`);
    }
  }
}

/** WebAssembly's Prelu has one slope per channel, whatever the shape of the slopes says. */
function refuseOtherSlopes({ name, backendName, inputs: { x, alpha } }: KernelCall): void {
  const perChannel = alpha?.shape.every(
    (size, axis) => size === (axis === alpha.shape.length - 1 ? x?.shape.at(-1) : 1),
  );
  if (backendName === 'wasm' && !(perChannel && alpha?.shape.length !== 0)) {
    throw missing(name, `slopes of shape [${alpha?.shape}]`);
  }
}

/** WebAssembly keeps the low byte, where anything but zero is true. */
function refuseCastToBool({ name, backendName, inputs: { x }, attrs }: KernelCall): void {
  if (backendName === 'wasm' && attrs?.['dtype'] === 'bool' && x?.dtype !== 'bool') {
    throw missing(name, `${x?.dtype} for bool`);
  }
}

/** The condition is bool; what WebAssembly selects from has four bytes per element. */
function refuseBoolSelect({ name, backendName, inputs: { t } }: KernelCall): void {
  if (backendName === 'wasm' && t?.dtype === 'bool') {
    throw missing(name, 'bool');
  }
}

/** With SAME padding and steps that jump over rows or columns, WebAssembly's convolutions may answer zeros. */
function refuseLongSteps({ name, backendName, inputs: { filter }, attrs }: KernelCall): void {
  const [height = 1, width = 1] = filter?.shape ?? [];
  const [down = 1, right = down] = [attrs?.['strides'] ?? 1].flat().map(Number); // one number is for both
  const jumps = down > height || right > width;
  if (backendName === 'wasm' && attrs?.['pad'] === 'same' && jumps && !(height === 1 && width === 1)) {
    throw missing(name, `strides [${down},${right}] beyond a window of [${height},${width}]`);
  }
}

function refuseEmptyInput({ name, inputs }: KernelCall): void {
  if (hasEmpty(inputs)) {
    throw new Error(`${name} of nothing: a dimension is 0`);
  }
}

/** Over an empty dimension WebAssembly answers what lies in its memory, JavaScript not always what TensorFlow does. */
function refuseEmptyReduction({ name, inputs: { x } }: KernelCall, [result]: readonly TensorInfo[]): void {
  if (x?.shape.includes(0) && !result?.shape.includes(0)) {
    throw new Error(`${name} over an empty dimension of [${x.shape}]`);
  }
}

/** Some results have the values of one dtype and the name of another. */
function refuseOtherDType({ name, backendName, inputs }: KernelCall, [result]: readonly TensorInfo[]): void {
  const input = inputs['x'] ?? inputs['images'] ?? inputs['a'];
  if (result?.dtype !== input?.dtype) {
    throw missing(name, `${input?.dtype}`, backendName);
  }
}

/** Of an empty gathering, WebAssembly answers the shape that it computes in. */
function shapeOfGathered({ core, inputs: { x, indices }, attrs }: KernelCall, [result]: readonly TensorInfo[]): void {
  if (x !== undefined && indices !== undefined && result?.shape.includes(0)) {
    const rank = x.shape.length;
    const axis = (Number(attrs?.['axis']) + rank) % rank;
    const batchDims = Number(attrs?.['batchDims'] ?? 0);
    const batch = batchDims < 0 ? batchDims + indices.shape.length : batchDims;
    result.shape = [...x.shape.slice(0, axis), ...indices.shape.slice(batch), ...x.shape.slice(axis + 1)];
    core.util.assert(result.shape.includes(0), () => 'an empty gathering is empty');
  }
}

export const BEFORE_KERNEL: ReadonlyMap<string, readonly BeforeKernel[]> = new Map([
  ...['RealDiv', 'FloorDiv', 'Mod'].map((name) => [name, [refuseZeroDivisor]] as const),
  ...['Cumsum', 'Cumprod'].map((name) => [name, [countAxisFromFront]] as const),
  ...['GatherNd', 'ScatterNd', 'SparseToDense', 'TensorScatterUpdate'].map((name) => [name, [checkIndices]] as const),
  ...['Conv2D', 'FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2D'].map(
    (name) => [name, [refuseLongSteps]] as const,
  ),
  ['Prelu', [refuseOtherSlopes]],
  ['Cast', [refuseCastToBool]],
  ['Select', [refuseBoolSelect]],
  ['TopK', [refuseEmptyInput]],
]);

export const AFTER_KERNEL: ReadonlyMap<string, readonly AfterKernel[]> = new Map([
  ...['All', 'Any', 'ArgMax', 'ArgMin', 'Max', 'Mean', 'Min', 'Prod', 'Sum'].map(
    (name) => [name, [refuseEmptyReduction]] as const,
  ),
  ...['FloorDiv', 'ResizeNearestNeighbor', 'StridedSlice'].map((name) => [name, [refuseOtherDType]] as const),
  ['GatherV2', [shapeOfGathered]],
]);

function valuesOf({ dataId }: TensorInfo, backend: object): number[] {
  return Array.from((backend as { readSync(dataId: object): ArrayLike<number> }).readSync(dataId)); // a backend that tfjs made
}
