import type { PlainJson } from '@tensorfleet/codecs';
import { type AnyTensor, formatShape, type NamedTensors } from '@tensorfleet/core';

/** An output in the width of a table. */
export interface OutputSummary {
  readonly name: string;
  readonly dtype: string;
  readonly shape: string;
  /** The first values, row-major. */
  readonly values: string;
}

const SHOWN_VALUES = 6;
const SHOWN_CHARACTERS = 40;

export function summariseTensors(outputs: NamedTensors): readonly OutputSummary[] {
  return [...outputs]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, tensor]) => ({
      name,
      dtype: tensor.dtype,
      shape: formatShape(tensor.shape),
      values: joinShown(firstValues(tensor), tensor.data.length),
    }));
}

function firstValues({ dtype, data }: AnyTensor): readonly string[] {
  switch (dtype) {
    case 'STRING':
      return data.slice(0, SHOWN_VALUES).map((bytes) => quote(new TextDecoder().decode(bytes)));
    case 'BOOL':
      return Array.from(data.subarray(0, SHOWN_VALUES), (value) => String(value !== 0));
    case 'BF16': {
      const bits = Uint32Array.from(data.subarray(0, SHOWN_VALUES), (value) => value << 16);
      return Array.from(new Float32Array(bits.buffer), formatNumber);
    }
    default:
      return Array.from(data.subarray(0, SHOWN_VALUES) as ArrayLike<number | bigint>, formatNumber); // all others
  }
}

/** What TensorFlow Serving's JSON holds under `predictions` or `outputs`: dtypes are not part of it. */
export function summariseJson(value: PlainJson): readonly OutputSummary[] {
  const columns = columnsOf(value);
  return [...columns].map(([name, column]) => {
    const leaves = firstLeaves(column, SHOWN_VALUES + 1);
    const shown = leaves.slice(0, SHOWN_VALUES).map(formatLeaf);
    return { name, dtype: '', shape: formatShape(shapeOf(column)), values: joinShown(shown, leaves.length) };
  });
}

/** Rows of several outputs are objects; one output stands for itself, without a name. */
function columnsOf(value: PlainJson): ReadonlyMap<string, PlainJson> {
  if (value instanceof Map) {
    return value;
  }
  const first: PlainJson = Array.isArray(value) ? (value[0] ?? null) : null;
  if (!Array.isArray(value) || !(first instanceof Map)) {
    return new Map([['', value]]);
  }
  const names: readonly string[] = [...first.keys()];
  return new Map(
    names.map((name) => [name, value.map((row: PlainJson) => (row instanceof Map ? row.get(name) : null))]),
  );
}

/** By the first elements: a rectangular array was sent. */
function shapeOf(value: PlainJson): readonly number[] {
  return isList(value) ? [value.length, ...shapeOf(value[0] ?? null)] : [];
}

function firstLeaves(value: PlainJson, count: number): readonly PlainJson[] {
  if (!isList(value)) {
    return [value];
  }
  const leaves: PlainJson[] = [];
  for (const item of value) {
    if (leaves.length >= count) {
      break;
    }
    leaves.push(...firstLeaves(item, count - leaves.length));
  }
  return leaves;
}

/** Array.isArray, which does not narrow readonly arrays. */
export function isList(value: PlainJson): value is readonly PlainJson[] {
  return Array.isArray(value);
}

function formatLeaf(value: PlainJson): string {
  if (typeof value === 'number' || typeof value === 'bigint') {
    return formatNumber(value);
  }
  if (value instanceof Uint8Array) {
    return quote(new TextDecoder().decode(value));
  }
  return typeof value === 'string' ? quote(value) : String(value);
}

function formatNumber(value: number | bigint): string {
  return typeof value === 'bigint' ? String(value) : String(Number(value.toPrecision(6)));
}

/** Text from a server may hold anything, so control characters are escaped. */
function quote(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
}

function joinShown(shown: readonly string[], count: number): string {
  return shown.join(' ') + (count > SHOWN_VALUES ? ' …' : '');
}
