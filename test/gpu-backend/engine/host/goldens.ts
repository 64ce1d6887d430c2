import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type AnyTensor, ARRAY_OF, type DType, tensor } from '@tensorfleet/core';
import type { HostAttributes } from '../../../../gpu-backend/src/engine/host/host-op.ts';

const FOLDER = join(import.meta.dirname, '../../../golden/host');

export interface GoldenTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Byte strings as text of a character per byte, 64-bit integers as text, floats as base64 of their bytes. */
  readonly data: string | readonly (string | number)[];
}

/** What TensorFlow gave for one node: outputs, or the name of an error's code. */
export interface GoldenCase {
  readonly attributes: HostAttributes;
  /** Attributes whose values are the op's defaults: exporters leave them out. */
  readonly defaults: readonly string[];
  readonly inputs: readonly GoldenTensor[];
  readonly outputs?: readonly GoldenTensor[];
  readonly error?: string;
  readonly message?: string;
}

/** The cases of all families, by op. */
export function readGoldens(): ReadonlyMap<string, readonly GoldenCase[]> {
  const goldens = new Map<string, readonly GoldenCase[]>();
  for (const file of globSync('*.json.gz', { cwd: FOLDER }).map((name) => basename(name))) {
    const family = JSON.parse(gunzipSync(readFileSync(join(FOLDER, file))).toString()) as Record<string, GoldenCase[]>;
    for (const [op, cases] of Object.entries(family)) {
      goldens.set(op, [...(goldens.get(op) ?? []), ...cases]);
    }
  }
  return goldens;
}

export function tensorOf({ dtype, shape, data }: GoldenTensor): AnyTensor {
  if (dtype === 'STRING') {
    const items = data as readonly string[];
    return tensor(
      dtype,
      shape,
      items.map((text) => new Uint8Array(Buffer.from(text, 'latin1'))),
    );
  }
  if (typeof data === 'string') {
    const bytes = new Uint8Array(Buffer.from(data, 'base64'));
    return tensor<DType>(dtype, shape, new ARRAY_OF[dtype](bytes.buffer)) as AnyTensor; // dtype and array belong together
  }
  const values = ARRAY_OF[dtype] as unknown as { from(items: readonly (number | bigint)[]): Int32Array };
  return tensor<DType>(
    dtype,
    shape,
    values.from(dtype.endsWith('INT64') ? data.map(BigInt) : data.map(Number)),
  ) as AnyTensor;
}

/** The same form as in the files, so that two tensors can be compared bit by bit and read in a failure. */
export function goldenOf({ dtype, shape, data }: AnyTensor): GoldenTensor {
  if (dtype === 'STRING') {
    return { dtype, shape: [...shape], data: data.map((bytes) => Buffer.from(bytes).toString('latin1')) };
  }
  if (dtype.startsWith('FP') || dtype === 'BF16') {
    return {
      dtype,
      shape: [...shape],
      data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
    };
  }
  const items: readonly (number | string)[] = Array.from<number | bigint, number | string>(data, (item) =>
    typeof item === 'bigint' ? String(item) : item,
  );
  return { dtype, shape: [...shape], data: items };
}
