import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type AnyTensor, ARRAY_OF, bfloat16Bits, type DType, type NamedTensors, tensor } from '@tensorfleet/core';
import { readZip } from './read-zip.ts';

/** Models with outputs computed by TensorFlow and ONNX Runtime themselves, kept beside the checkout. */
export const KIT = resolve(import.meta.dirname, '../../../shared/conformance/models');
export const HAS_KIT = existsSync(KIT);
/** For titles; empty when the kit is there. */
export const KIT_REASON = HAS_KIT ? '' : ' (skipped: the conformance models are not beside this checkout)';

interface GoldenTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data?: readonly unknown[];
  /** Key of a tensor that is in the `.npz` only. */
  readonly npz?: string;
}

/** One call of a model, and what it answers. */
export interface GoldenCase {
  /** How the output was made, when not by running the model. */
  readonly note?: string;
  readonly signature: string;
  readonly rtol: number;
  readonly atol: number;
  readonly inputs: NamedTensors;
  readonly outputs: NamedTensors;
}

export interface Golden {
  readonly model: string;
  readonly version: number;
  /** What runs it: `any` engine, or `tensorflow`, `state` (variables that change), `tflite`. */
  readonly needs: string;
  /** The directory of the version. */
  readonly directory: string;
  readCases(): readonly GoldenCase[];
}

const DTYPE: Readonly<Record<string, DType>> = {
  DT_BOOL: 'BOOL',
  DT_UINT8: 'UINT8',
  DT_UINT16: 'UINT16',
  DT_UINT32: 'UINT32',
  DT_UINT64: 'UINT64',
  DT_INT8: 'INT8',
  DT_INT16: 'INT16',
  DT_INT32: 'INT32',
  DT_INT64: 'INT64',
  DT_HALF: 'FP16',
  DT_BFLOAT16: 'BF16',
  DT_FLOAT: 'FP32',
  DT_DOUBLE: 'FP64',
  DT_STRING: 'STRING',
};

/** The models of this kind that have golden cases; none when the kit is not there. */
export function goldensOf(kind: 'onnx' | 'savedmodel' | 'tflite'): readonly Golden[] {
  if (!HAS_KIT) {
    return [];
  }
  const index = JSON.parse(readFileSync(join(KIT, 'index.json'), 'utf8'));
  return readdirSync(join(KIT, 'golden'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => goldenOf(join(KIT, 'golden', name), index.models))
    .filter(({ model }) => index.models[model]?.kind === kind);
}

function goldenOf(path: string, models: Readonly<Record<string, { readonly needs: string }>>): Golden {
  const { model, version, cases } = JSON.parse(readFileSync(path, 'utf8'));
  const read = (record: Readonly<Record<string, GoldenTensor>>): NamedTensors =>
    new Map(Object.entries(record).map(([name, golden]) => [name, tensorOf(golden, path)]));
  return {
    model,
    version,
    needs: models[model]?.needs ?? '',
    directory: join(KIT, 'repository', model, String(version)),
    readCases: () =>
      cases.map((one: { inputs: Record<string, GoldenTensor>; outputs: Record<string, GoldenTensor> }) => {
        return { ...one, inputs: read(one.inputs), outputs: read(one.outputs) };
      }),
  };
}

function tensorOf({ dtype: name, shape, data = [], npz }: GoldenTensor, path: string): AnyTensor {
  const dtype = DTYPE[name];
  if (dtype === undefined) {
    throw new Error(`no dtype for ${name}`);
  }
  if (dtype === 'STRING') {
    return tensor('STRING', shape, data.map(bytesOf));
  }
  if (npz !== undefined) {
    return { dtype, shape, data: new ARRAY_OF[dtype](readNpy(path, npz)) } as AnyTensor;
  }
  const values = new ARRAY_OF[dtype](data.length);
  for (const [position, value] of data.entries()) {
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
      values[position] = BigInt(String(value));
    } else {
      values[position] = dtype === 'BF16' ? bfloat16Bits(Number(value)) : Number(value);
    }
  }
  return { dtype, shape, data: values } as AnyTensor;
}

function bytesOf(value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from((value as { b64: string }).b64, 'base64');
  return new Uint8Array(bytes);
}

/** The elements of an array in the archive beside `path`, in the file's byte order, which is little-endian. */
function readNpy(path: string, key: string): ArrayBuffer {
  const file = readZip(path.replace(/json$/, 'npz')).get(`${key}.npy`)!;
  const headerBytes = 10 + file.readUInt16LE(8);
  return new Uint8Array(file.subarray(headerBytes)).buffer;
}
