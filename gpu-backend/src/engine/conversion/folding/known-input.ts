import type { Op } from '../op.ts';
import type { KnownTensor } from '../op-handler.ts';

/** The elements and static shape of an input; undefined when either is not known. */
export function knownInput(op: Op, index: number): KnownTensor | undefined {
  const value = op.inputs[index];
  if (value?.kind !== 'tensor' || value.dtype === 'STRING' || value.elements === undefined) {
    return undefined;
  }
  const isStatic = value.shape?.every((size) => size !== null) ?? false;
  return isStatic
    ? { dtype: value.dtype, shape: value.shape as readonly number[], elements: value.elements }
    : undefined;
}
