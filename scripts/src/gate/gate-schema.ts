import { StatusError, type Version, version } from '@tensorfleet/core';
import { STABLE } from '@tensorfleet/repository';
import { z } from 'zod';
import { type Address, parseAddress } from '../address.ts';
import { METRICS } from './metrics.ts';

const MAX_REQUESTS = 1_000_000;
const MAX_CONCURRENCY = 1000;
const MAX_TIMEOUT_MS = 3_600_000;
const MAX_LABEL = 256;

const arrayName = z.string().min(1);
const byName = z.record(z.string().min(1), arrayName).refine((names) => Object.keys(names).length > 0, {
  error: 'must name an array',
});

const dataSchema = z.strictObject({
  file: z.string().min(1),
  images: arrayName.optional(),
  labels: arrayName.optional(),
  inputs: byName.optional(),
  targets: byName.optional(),
  equal_within: z.number().nonnegative().optional(),
});

const boundsSchema = z
  .strictObject({
    max: z.number().nonnegative().optional(),
    min: z.number().nonnegative().optional(),
    max_ratio: z.number().positive().optional(),
  })
  .refine((bounds) => Object.keys(bounds).length > 0, { error: 'must have max, min or max_ratio' });

const serverSchema = z.string().transform((text, context): 'local' | Address => {
  try {
    return text === 'local' ? text : parseAddress(text);
  } catch (reason) {
    context.issues.push({ code: 'custom', input: text, message: StatusError.from(reason).message });
    return z.NEVER;
  }
});

const baselineSchema = z.union(
  [
    z.enum([STABLE, 'latest', 'none']),
    z
      .number()
      .int()
      .nonnegative()
      .transform((number): Version => version(number)),
  ],
  { error: 'must be stable, latest, none or the number of a version' },
);

/** A gate file key by key; `refineGate` has what the keys demand of each other. */
export const gateShape = z.strictObject({
  data: dataSchema,
  server: serverSchema.default('local'),
  baseline: baselineSchema.default(STABLE),
  gating: z.partialRecord(z.enum(METRICS), boundsSchema).default({}),
  optimising: z.strictObject({ metric: z.enum(METRICS), tolerance: z.number().nonnegative().default(0) }).optional(),
  requests: z.number().int().positive().max(MAX_REQUESTS).optional(),
  concurrency: z.number().int().positive().max(MAX_CONCURRENCY).default(4),
  timeout_ms: z.number().int().positive().max(MAX_TIMEOUT_MS).default(30_000),
  promote: z.union([z.boolean(), z.string().min(1).max(MAX_LABEL)]).default(true),
});

export type GateFile = z.infer<typeof gateShape>;
