import type { Op } from './op.ts';
import type { Value } from './value.ts';

/** The outputs of a node that runs on the host; undefined for nodes that belong into a graph. */
export function hostOutputs(_op: Op): readonly Value[] | undefined {
  return undefined;
}
