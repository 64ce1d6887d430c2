import { CLASSIFY_METHOD, type Signature } from '@tensorfleet/core';
import { z } from 'zod';

/** Where an answer says which class something is. */
export interface ClassOutput {
  /** The output with a score for each class, along its last axis. */
  readonly scores: string;
  /** The output with the names of these classes, of the same shape, where they are answered too. */
  readonly names?: string;
}

const SCORES = 'scores';
const CLASSES = 'classes';

const pipelineSchema = z.object({
  postprocess: z.object({ classification: z.object({ output: z.string() }) }),
});

/** A version's signatures stay as they are, and so does what its manifest says about them. */
const known = new WeakMap<Signature, ClassOutput | undefined>();

/**
 * The rule by which answers are of classes: those of a classify signature that has scores, and those of a signature
 * with the output that the manifest names in `postprocess.classification`. `pipeline` as the signature's servable has
 * it.
 */
export function classOutputOf(signature: Signature, pipeline: string | undefined): ClassOutput | undefined {
  if (!known.has(signature)) {
    known.set(signature, findClassOutput(signature, pipeline));
  }
  return known.get(signature);
}

function findClassOutput({ methodName, outputs }: Signature, pipeline: string | undefined): ClassOutput | undefined {
  if (methodName === CLASSIFY_METHOD && outputs.has(SCORES)) {
    return outputs.has(CLASSES) ? { scores: SCORES, names: CLASSES } : { scores: SCORES };
  }
  const parsed = pipelineSchema.safeParse(JSON.parse(pipeline ?? 'null'));
  const output = parsed.data?.postprocess.classification.output;
  return output !== undefined && outputs.has(output) ? { scores: output } : undefined;
}
