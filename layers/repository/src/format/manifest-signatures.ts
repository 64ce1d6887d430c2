import * as z from 'zod';

const name = z.string().min(1).max(512);

/** How one input is read from tf.train.Examples. */
const exampleSchema = z.strictObject({
  feature: name,
  /** What the feature holds; default: what suits the input's dtype. */
  dtype: z.enum(['float', 'int64', 'bytes']).optional(),
  /** Of one example; a first dimension of null is as long as the longest feature. Default: the input's own. */
  shape: z
    .array(z.number().int().positive().nullable())
    .max(8)
    .refine((shape) => !shape.slice(1).includes(null), { error: 'only the first dimension may be null' })
    .optional(),
  /** For examples without the feature, which is required otherwise: one value for all elements, or all of them. */
  default: z.union([z.number(), z.string(), z.array(z.number()).min(1), z.array(z.string()).min(1)]).optional(),
});

/** The outputs of a method by TensorFlow Serving's names for them; a predict signature may have any. */
const OUTPUTS = { classify: ['classes', 'scores'], regress: ['outputs'] } as const;

const signatureSchema = z
  .strictObject({
    method: z.enum(['predict', 'classify', 'regress']),
    /** The signature of the model that it runs; default: serving_default. */
    run: name.optional(),
    /** By input of that signature. With it, the signature's only input are serialized examples. */
    examples: z.record(name, exampleSchema).optional(),
    /** By output of this signature: the output of the model. */
    outputs: z.record(name, name).optional(),
    /** The names of the classes, in the order of the scores. */
    labels: z.array(z.string()).min(1).max(1_000_000).optional(),
  })
  .superRefine(({ method, outputs, labels }, { addIssue }) => {
    const known: readonly string[] | undefined = method === 'predict' ? undefined : OUTPUTS[method];
    for (const output of Object.keys(outputs ?? {})) {
      if (known !== undefined && !known.includes(output)) {
        const message = `a ${method} signature has no such output, only ${known.join(' and ')}`;
        addIssue({ code: 'custom', path: ['outputs', output], message });
      }
    }
    if (labels !== undefined && (method !== 'classify' || outputs?.['classes'] !== undefined)) {
      const message = 'only a classify signature without an output for its classes has labels';
      addIssue({ code: 'custom', path: ['labels'], message });
    }
  });

/** Signatures beside those that a model has itself, by name; one of the same name takes its place. */
export const signaturesSchema = z.record(name, signatureSchema);

export type ManifestSignatures = z.infer<typeof signaturesSchema>;
export type ManifestSignature = z.infer<typeof signatureSchema>;
export type ManifestExample = z.infer<typeof exampleSchema>;
