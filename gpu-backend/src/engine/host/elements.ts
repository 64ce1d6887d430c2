import { type AnyTensor, ARRAY_OF, tensor } from '@tensorfleet/core';

/**
 * The elements of `source` at `indices`, in their order, as a tensor of `shape`. Where an index is -1 the only element
 * of `fallback` stands, which has the same dtype.
 */
export function takeElements(
  source: AnyTensor,
  indices: ArrayLike<number>,
  shape: readonly number[],
  fallback?: AnyTensor,
): AnyTensor {
  const missing: unknown = fallback?.data[0];
  const elements: ArrayLike<unknown> = source.data;
  if (source.dtype === 'STRING') {
    const taken = Array.from(indices, (index) => (index < 0 ? missing : elements[index]));
    return tensor('STRING', shape, taken as Uint8Array[]); // elements of strings
  }
  const data: Record<number, unknown> = new ARRAY_OF[source.dtype](indices.length);
  for (let at = 0; at < indices.length; at++) {
    const index = indices[at] ?? -1;
    data[at] = index < 0 ? missing : elements[index];
  }
  return { ...source, shape, data } as unknown as AnyTensor; // the same dtype, as many elements as indices
}
