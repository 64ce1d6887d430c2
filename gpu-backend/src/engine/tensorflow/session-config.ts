import { encodeMessage, type Field, intField, messageField, stringElement, WireType } from '@tensorfleet/codecs';
import { invalidArgument } from '@tensorfleet/core';
import type { Device } from '../engine.ts';

/** How TensorFlow runs a model. */
export interface TensorFlowOptions {
  /** Threads that run operations beside each other. Default: as many as the device has for one operation. */
  readonly interOpThreads?: number;
  /** Milliseconds that a run may take before it ends with DEADLINE_EXCEEDED. Default: 0, no limit. */
  readonly runTimeoutMs?: number;
  /** Take GPU memory as it is needed, and not all at once. Default: true. */
  readonly gpuAllowGrowth?: boolean;
  /** The part of the GPU's memory that may be taken, above 0 up to 1. Default: all. */
  readonly gpuMemoryFraction?: number;
}

/** tensorflow.ConfigProto: threads, and the one GPU that is seen, or none. */
export function encodeSessionConfig(device: Device, options: TensorFlowOptions): Uint8Array<ArrayBuffer> {
  const { interOpThreads = device.threads, gpuAllowGrowth = true, gpuMemoryFraction = 1 } = options;
  if (!(gpuMemoryFraction > 0 && gpuMemoryFraction <= 1)) {
    throw invalidArgument(`gpuMemoryFraction is ${gpuMemoryFraction}, it must be above 0 and at most 1`);
  }
  const isGpu = device.kind === 'cuda';
  return encodeMessage([
    ...(isGpu ? [] : [NO_GPU]),
    intField(2, device.threads),
    intField(5, interOpThreads),
    ...(isGpu ? [gpuOptions(device.index, gpuAllowGrowth, gpuMemoryFraction)] : []),
    intField(7, SOFT_PLACEMENT),
  ]);
}

function gpuOptions(index: number, allowGrowth: boolean, memoryFraction: number): Field {
  return messageField(6, [
    ...(memoryFraction < 1 ? [doubleField(1, memoryFraction)] : []),
    intField(4, allowGrowth ? 1 : 0),
    stringElement(5, String(index)),
  ]);
}

/** ConfigProto.device_count: an entry without a value is 0. */
const NO_GPU = messageField(1, [stringElement(1, 'GPU')]);

/** Operations without a kernel for the GPU run on the CPU, as in TensorFlow Serving. */
const SOFT_PLACEMENT = 1;

/** tensorflow.RunOptions; undefined when there is nothing to say. */
export function encodeRunOptions({ runTimeoutMs = 0 }: TensorFlowOptions): Uint8Array<ArrayBuffer> | undefined {
  return runTimeoutMs > 0 ? encodeMessage([intField(2, Math.ceil(runTimeoutMs))]) : undefined;
}

function doubleField(field: number, value: number): Field {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return {
    size: 1 + bytes.length,
    write: (writer) => {
      writer.uint32((field << 3) | WireType.Fixed64);
      writer.raw(bytes);
    },
  };
}
