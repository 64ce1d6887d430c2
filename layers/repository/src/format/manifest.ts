import { dataLoss, invalidArgument } from '@tensorfleet/core';
import * as z from 'zod';
import { signaturesSchema } from './manifest-signatures.ts';
import { formatProblems } from './problems.ts';
import { clashingPath, isVersionPath } from './version-path.ts';

/** The name of the file that makes a version atomic; it is written last. */
export const MANIFEST_NAME = 'manifest.json';

/** More files than any model has; a version with more is none. */
export const MAX_FILES = 10_000;

/** Larger manifests are refused before they are read. */
export const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

const count = z.number().int().positive();

/** One file of the version; `path` is relative, with forward slashes, and stays inside the version's directory. */
const fileSchema = z.strictObject({
  path: z
    .string()
    .min(1)
    .refine(isVersionPath, { error: 'must be a relative path inside the version' })
    .refine((path) => path !== MANIFEST_NAME, { error: 'must not be the manifest itself' }),
  bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Defaults of the batch queue for this version; the server's own configuration wins, but for the target latency. */
const batchingSchema = z.strictObject({
  max_batch_size: count.optional(),
  batch_timeout_micros: z.number().int().nonnegative().optional(),
  max_enqueued_batches: count.optional(),
  allowed_batch_sizes: z.array(count).optional(),
  pad_variable_length_inputs: z.boolean().optional(),
  padding_value: z.number().optional(),
  enable_large_batch_splitting: z.boolean().optional(),
  max_execution_batch_size: count.optional(),
  target_latency_ms: z.number().positive().optional(),
});

/** A request of the REST API that is run before the version becomes available: the body of a :predict. */
const warmupSchema = z
  .strictObject({
    signature_name: z.string().optional(),
    instances: z.array(z.json()).optional(),
    inputs: z.json().optional(),
  })
  .refine(({ instances, inputs }) => (instances === undefined) !== (inputs === undefined), {
    error: 'must have either instances or inputs',
  });

/** As many as a file of warm-up requests may hold. */
const MAX_WARMUP_REQUESTS = 1000;

/**
 * What travels with a version. `preprocess`, `features` and `postprocess` are the gateway's business:
 * the server hands them out with the model's metadata and never looks inside.
 */
export const manifestSchema = z.strictObject({
  format: z.literal(1),
  files: z
    .array(fileSchema)
    .max(MAX_FILES)
    .refine((files) => new Set(files.map((file) => file.path)).size === files.length, {
      error: 'must not list a path twice',
    })
    .refine((files) => clashingPath(files.map((file) => file.path)) === undefined, {
      error: 'must not list a file in the place of a directory of another',
    })
    .optional(),
  preprocess: z.record(z.string(), z.json()).optional(),
  features: z.record(z.string(), z.json()).optional(),
  postprocess: z.record(z.string(), z.json()).optional(),
  batching: batchingSchema.optional(),
  warmup: z.array(warmupSchema).max(MAX_WARMUP_REQUESTS).optional(),
  signatures: signaturesSchema.optional(),
  /** What runs this version if it is a SavedModel; the server's own setting otherwise. */
  engine: z.enum(['auto', 'onnx', 'tensorflow']).optional(),
  /** Measured at publish time, for people: for example `test_error` as a fraction. */
  metrics: z.record(z.string(), z.number()).optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;

export type ManifestFile = z.infer<typeof fileSchema>;

/**
 * The manifest in `text`; `place` says in errors where it stands. Throws DATA_LOSS when it is not JSON (it may
 * still be being written), INVALID_ARGUMENT with key and value of everything that a manifest must not hold.
 */
export function parseManifest(text: string, place: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (reason) {
    throw dataLoss(`"${place}" is not JSON`, { path: place }, reason);
  }
  return checkManifest(value, place);
}

/** `parseManifest` for a value that is parsed already. */
export function checkManifest(value: unknown, place: string): Manifest {
  const result = safeParse(value, place);
  if (result.success) {
    return result.data;
  }
  throw invalidArgument(`"${place}" is not a manifest: ${formatProblems(result.error.issues, value)}`, { path: place });
}

function safeParse(value: unknown, place: string): z.ZodSafeParseResult<Manifest> {
  try {
    return manifestSchema.safeParse(value);
  } catch (reason) {
    // The schema of JSON values is recursive: a hostile depth ends in a RangeError.
    throw invalidArgument(`"${place}" is not a manifest: it is nested too deeply`, { path: place }, reason);
  }
}

/** The text of a manifest.json, for people too. Equal manifests with their keys in the same order have equal texts. */
export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
