import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { AFTER_KERNEL, type AfterKernel, BEFORE_KERNEL, type BeforeKernel, hasEmpty, missing } from './kernel-rules.ts';
import { refusedDTypes } from './wasm-dtypes.ts';

type Core = typeof import('@tensorflow/tfjs-core');

/** Windows that slide: without room for one, WebAssembly writes beyond the tensor. */
const WINDOWS = new Set([
  ...['AvgPool', 'AvgPool3D', 'Conv2D', 'Conv2DBackpropInput', 'Conv3D', 'CropAndResize', 'DepthwiseConv2dNative'],
  ...['Dilation2D', 'FusedConv2D', 'FusedDepthwiseConv2D', 'MaxPool', 'MaxPool3D', 'MaxPoolWithArgmax'],
]);

/**
 * Makes the backends of TensorFlow.js (4.22) throw where they would answer garbage, or read or write beyond a tensor:
 * see the tables. `takeComplaint` answers what WebAssembly printed since it was last asked: its kernels do no more
 * when they fail.
 */
export async function guardBackends(core: Core, takeComplaint: () => string | undefined): Promise<void> {
  let needsRoom: string | undefined;
  const checkShape = (shape: readonly number[]): void => {
    if (shape.some((size) => !(size >= 0)) || (needsRoom !== undefined && shape.includes(0))) {
      throw new Error(`a tensor ${needsRoom ? `of ${needsRoom} ` : ''}would have the shape [${shape}]`);
    }
  };
  for (const kernel of core.getKernelsForBackend('wasm')) {
    const name = kernel.kernelName;
    replace(core, kernel, (params) => {
      const refused = refusedDTypes(name, params.inputs);
      if (refused !== undefined) {
        throw missing(name, refused);
      }
      needsRoom = WINDOWS.has(name) && !hasEmpty(params.inputs) ? name : undefined;
      let result: TensorInfo | TensorInfo[];
      try {
        result = kernel.kernelFunc(params);
      } finally {
        needsRoom = undefined;
      }
      const complaint = takeComplaint();
      if (complaint !== undefined) {
        throw new Error(`${name} in WebAssembly: ${complaint}`);
      }
      return result;
    });
  }
  for (const kernel of ['wasm', 'cpu'].flatMap((backend) => core.getKernelsForBackend(backend))) {
    applyRules(core, kernel, BEFORE_KERNEL.get(kernel.kernelName) ?? [], AFTER_KERNEL.get(kernel.kernelName) ?? []);
  }
  await guardTensors(core, 'wasm', 'makeOutput', checkShape);
  await guardTensors(core, 'cpu', 'makeTensorInfo', checkShape);
}

function applyRules(
  core: Core,
  kernel: KernelConfig,
  before: readonly BeforeKernel[],
  after: readonly AfterKernel[],
): void {
  if (before.length === 0 && after.length === 0) {
    return;
  }
  replace(core, kernel, (params) => {
    const call = { name: kernel.kernelName, backendName: kernel.backendName, core, ...params };
    for (const rule of before) {
      rule(call);
    }
    const result = kernel.kernelFunc({ ...params, ...(call.attrs !== undefined && { attrs: call.attrs }) });
    for (const rule of after) {
      rule(call, [result].flat());
    }
    return result;
  });
}

function replace(core: Core, kernel: KernelConfig, kernelFunc: KernelConfig['kernelFunc']): void {
  core.unregisterKernel(kernel.kernelName, kernel.backendName);
  core.registerKernel({ ...kernel, kernelFunc });
}

async function guardTensors(
  core: Core,
  backendName: string,
  method: string,
  check: (shape: readonly number[]) => void,
): Promise<void> {
  await core.setBackend(backendName);
  const backend = core.backend();
  const make = Reflect.get(backend, method) as (shape: number[], ...rest: unknown[]) => unknown; // what all its kernels call
  Reflect.set(backend, method, (shape: number[], ...rest: unknown[]) => {
    check(shape);
    return make.call(backend, shape, ...rest);
  });
}
