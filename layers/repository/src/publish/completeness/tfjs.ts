import * as z from 'zod';

const modelSchema = z.object({
  weightsManifest: z.array(z.object({ paths: z.array(z.string()) })).default([]),
});

/** Paths of the files that hold the weights of a model.json. Throws RangeError when the bytes are no TensorFlow.js model. */
export function weightFilesOfTfjs(bytes: Uint8Array): ReadonlySet<string> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new RangeError('it is not JSON', { cause });
  }
  const model = modelSchema.safeParse(value);
  if (!model.success) {
    throw new RangeError('it has no weightsManifest that lists paths');
  }
  return new Set(model.data.weightsManifest.flatMap(({ paths }) => paths));
}
