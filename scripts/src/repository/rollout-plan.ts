import { invalidArgument, StatusError } from '@tensorfleet/core';
import { formatProblems, type Rollout, STABLE } from '@tensorfleet/repository';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { readInputFile } from '../data/payload.ts';
import { duration } from '../flags.ts';

/** How a candidate is rolled out. */
export type RolloutPlan = Pick<Rollout, 'label' | 'steps' | 'stepSeconds' | 'bounds'>;

const DEFAULT_EVERY = '10m';
const DEFAULT_WINDOW = '5m';
const DEFAULT_MIN_REQUESTS = 100;

const seconds = z.string().transform((text, context): number => {
  try {
    return duration(text);
  } catch (reason) {
    context.issues.push({ code: 'custom', input: text, message: StatusError.from(reason).message });
    return z.NEVER;
  }
});

const fraction = z.number().min(0).max(1);

const boundsSchema = z.strictObject({
  window: seconds.prefault(DEFAULT_WINDOW),
  min_requests: z.number().int().positive().default(DEFAULT_MIN_REQUESTS),
  max_error_rate: fraction.optional(),
  max_p99_ratio: z.number().positive().optional(),
  max_p99_ms: z.number().positive().optional(),
  max_disagreement: fraction.optional(),
});

const planSchema = z
  .strictObject({
    label: z.string().default(STABLE),
    steps: z.array(z.number().positive().max(100)).min(1),
    every: seconds.prefault(DEFAULT_EVERY),
    bounds: boundsSchema.prefault({}),
  })
  .transform(
    ({ label, steps, every, bounds }): RolloutPlan => ({
      label,
      steps,
      stepSeconds: every,
      bounds: {
        windowSeconds: bounds.window,
        minRequests: bounds.min_requests,
        ...(bounds.max_error_rate !== undefined && { maxErrorRate: bounds.max_error_rate }),
        ...(bounds.max_p99_ratio !== undefined && { maxP99Ratio: bounds.max_p99_ratio }),
        ...(bounds.max_p99_ms !== undefined && { maxP99Ms: bounds.max_p99_ms }),
        ...(bounds.max_disagreement !== undefined && { maxDisagreement: bounds.max_disagreement }),
      },
    }),
  );

/** What a rollout file may say, and flags in its place; keys as they stand in the file. */
export type RolloutFields = Partial<Omit<z.input<typeof planSchema>, 'bounds'>> & {
  readonly bounds?: z.input<typeof boundsSchema>;
};

/** The plan in a YAML file, with `fields` in place of what it says. Throws INVALID_ARGUMENT with all that is wrong. */
export async function readRolloutPlan(path: string | undefined, fields: RolloutFields): Promise<RolloutPlan> {
  const file = path === undefined ? {} : parseFile(new TextDecoder().decode(await readInputFile(path)), path);
  return rolloutPlan(file, fields, path ?? 'the rollout');
}

/** `place` says in errors where the fields stand. */
export function rolloutPlan(file: object, { bounds, ...fields }: RolloutFields, place: string): RolloutPlan {
  const ofFile: unknown = Reflect.get(file, 'bounds');
  const value = {
    ...file,
    ...fields,
    ...((bounds ?? ofFile) !== undefined && { bounds: { ...Object(ofFile), ...bounds } }),
  };
  const result = planSchema.safeParse(value);
  if (!result.success) {
    throw invalidArgument(`${place} cannot be followed: ${formatProblems(result.error.issues, value)}`);
  }
  return result.data;
}

function parseFile(text: string, path: string): object {
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (reason) {
    throw invalidArgument(`"${path}" is not YAML: ${StatusError.from(reason).message.split('\n')[0]}`, {}, reason);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument(`"${path}" is no rollout: it says for example "steps: [5, 25, 100]"`);
  }
  return value;
}

/** Whether it ever rolls back by itself. */
export function isBounded({ bounds: { windowSeconds: _, minRequests: __, ...limits } }: RolloutPlan): boolean {
  return Object.keys(limits).length > 0;
}
