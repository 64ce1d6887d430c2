import { type AnyTensor, bfloat16Value } from '@tensorfleet/core';

const SHOWN_VALUES = 8;

/** `7`, `[1, 2, 3, …]`: the first values of a tensor, for people. */
export function tensorText(tensor: AnyTensor): string {
  const values = firstValues(tensor);
  const more = tensor.data.length > SHOWN_VALUES ? ', …' : '';
  return tensor.shape.length === 0 ? (values[0] ?? '') : `[${values.join(', ')}${more}]`;
}

function firstValues({ dtype, data }: AnyTensor): readonly string[] {
  switch (dtype) {
    case 'STRING':
      return data.slice(0, SHOWN_VALUES).map((bytes) => JSON.stringify(Buffer.from(bytes).toString('utf8')));
    case 'BOOL':
      return Array.from(data.subarray(0, SHOWN_VALUES), (value) => String(value !== 0));
    case 'BF16':
      return Array.from(data.subarray(0, SHOWN_VALUES), (bits) => String(bfloat16Value(bits)));
    case 'FP32':
    case 'FP16':
      return Array.from(data.subarray(0, SHOWN_VALUES), (value) => String(Number(value.toPrecision(7))));
    default:
      return Array.from<unknown, string>(data.subarray(0, SHOWN_VALUES) as ArrayLike<unknown>, String); // number or bigint
  }
}
