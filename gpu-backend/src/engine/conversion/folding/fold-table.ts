import type { Op } from '../op.ts';
import { MAX_ELEMENTS } from '../op.ts';
import type { FoldTable, KnownTensor } from '../op-handler.ts';
import { ELEMENT_FOLDS } from './element-folds.ts';
import { SHAPE_FOLDS } from './shape-folds.ts';

const FOLDS = new Map(Object.entries({ ...SHAPE_FOLDS, ...ELEMENT_FOLDS } satisfies FoldTable));

/** What is known of the node's output at conversion; undefined when nothing is, or too much to keep. */
export function foldOf(op: Op): KnownTensor | undefined {
  const known = FOLDS.get(op.node.op)?.(op);
  const isUseful = known !== undefined && known.elements.length <= MAX_ELEMENTS;
  return isUseful && (known.elements.length === 0 || known.elements.some((element) => element !== null))
    ? known
    : undefined;
}
