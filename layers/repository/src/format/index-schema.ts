import { parseVersion, version } from '@tensorfleet/core';
import * as z from 'zod';
import type { ModelRouting, Shadow } from './model-routing.ts';
import { type HistoryEntry, type IndexedModel, MAX_DETAIL, MAX_HISTORY } from './repository-index.ts';
import type { Rollout } from './rollout.ts';

const number = z
  .number()
  .int()
  .nonnegative()
  .transform((value) => version(value));

/** A version as a key: decimal digits without leading zeros. */
const numberKey = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,15})$/)
  .refine((text) => parseVersion(text) !== undefined, {
    error: 'must be a version number',
  });

const time = z.iso.datetime().transform((text) => Date.parse(text));
const fraction = z.number().min(0).max(1);
const percent = z.number().positive().max(100);
const labelName = z.string().min(1).max(256);

/** A map with versions as keys, ascending. */
function byVersion<T extends z.ZodType>(value: T) {
  return z.record(numberKey, value).transform((entries) => {
    const numbered = Object.entries(entries).map(([key, each]) => [version(Number(key)), each] as const);
    return new Map(numbered.toSorted(([a], [b]) => a - b));
  });
}

const versionSchema = z
  .strictObject({
    manifest: z.string().regex(/^[0-9a-f]{64}$/),
    bytes: z.number().int().nonnegative(),
    published: time,
  })
  .transform(({ manifest, bytes, published }) => ({ manifest, bytes, publishedAt: published }));

const targetSchema = z.union([
  number,
  byVersion(z.number().positive().max(1_000_000)).refine(({ size }) => size > 0, { error: 'must name a version' }),
]);

const shadowSchema = z.union([
  number.transform((shadowed): Shadow => ({ version: shadowed, percent: 100 })),
  z.strictObject({ version: number, percent }),
]);

const boundsSchema = z
  .strictObject({
    window_seconds: z.number().positive().max(86_400),
    min_requests: z.number().int().positive(),
    max_error_rate: fraction.optional(),
    max_p99_ratio: z.number().positive().optional(),
    max_p99_ms: z.number().positive().optional(),
    max_disagreement: fraction.optional(),
  })
  .transform((bounds) => ({
    windowSeconds: bounds.window_seconds,
    minRequests: bounds.min_requests,
    ...(bounds.max_error_rate !== undefined && { maxErrorRate: bounds.max_error_rate }),
    ...(bounds.max_p99_ratio !== undefined && { maxP99Ratio: bounds.max_p99_ratio }),
    ...(bounds.max_p99_ms !== undefined && { maxP99Ms: bounds.max_p99_ms }),
    ...(bounds.max_disagreement !== undefined && { maxDisagreement: bounds.max_disagreement }),
  }));

const rolloutSchema = z
  .strictObject({
    label: labelName,
    baseline: number,
    candidate: number,
    steps: z
      .array(percent)
      .min(1)
      .max(100)
      .refine((steps) => steps.every((step, i) => step > (steps[i - 1] ?? 0)) && steps.at(-1) === 100, {
        error: 'must ascend and end with 100',
      }),
    step_seconds: z.number().nonnegative(),
    bounds: boundsSchema,
    step: z.number().int().nonnegative(),
    step_since: time,
    state: z.enum(['running', 'done', 'rolled_back']),
  })
  .refine(({ step, steps }) => step < steps.length, { path: ['step'], error: 'must be the index of a step' })
  .transform(
    ({ step_seconds: stepSeconds, step_since: stepSince, ...rest }): Rollout => ({ ...rest, stepSeconds, stepSince }),
  );

const historySchema = z
  .strictObject({
    at: time,
    version: number,
    event: z.enum(['published', 'labelled', 'promoted', 'rolled_back', 'stepped', 'retired', 'shadowed']),
    detail: z.string().max(MAX_DETAIL),
    label: labelName.optional(),
    from: number.optional(),
  })
  .transform(
    ({ label, from, ...entry }): HistoryEntry => ({
      ...entry,
      ...(label !== undefined && { label }),
      ...(from !== undefined && { from }),
    }),
  );

/** One model of an index: what it routes to is there. */
export const modelSchema = z
  .strictObject({
    versions: byVersion(versionSchema),
    retired: z.array(number).default([]),
    labels: z.record(labelName, targetSchema).default({}),
    shadow: shadowSchema.optional(),
    rollout: rolloutSchema.optional(),
    history: z.array(historySchema).max(MAX_HISTORY).default([]),
  })
  .transform(
    ({ versions, retired, labels, shadow, rollout, history }): IndexedModel => ({
      versions,
      retired,
      labels: new Map(Object.entries(labels)),
      ...(shadow !== undefined && { shadow }),
      ...(rollout !== undefined && { rollout }),
      history,
    }),
  );

/** The shape around the models, which are checked one by one. */
export const indexSchema = z.strictObject({ format: z.literal(1), models: z.record(z.string(), z.unknown()) });

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function targetToJson(target: IndexedModel['labels'] extends ReadonlyMap<string, infer T> ? T : never): unknown {
  return typeof target === 'number' ? target : Object.fromEntries(target);
}

function rolloutToJson({ stepSeconds, stepSince, bounds, ...rest }: Rollout): unknown {
  return {
    ...rest,
    step_seconds: stepSeconds,
    step_since: isoTime(stepSince),
    bounds: {
      window_seconds: bounds.windowSeconds,
      min_requests: bounds.minRequests,
      max_error_rate: bounds.maxErrorRate,
      max_p99_ratio: bounds.maxP99Ratio,
      max_p99_ms: bounds.maxP99Ms,
      max_disagreement: bounds.maxDisagreement,
    },
  };
}

function routingToJson({ labels, shadow, rollout }: ModelRouting): Record<string, unknown> {
  return {
    ...(labels.size > 0 && { labels: Object.fromEntries([...labels].map(([name, to]) => [name, targetToJson(to)])) }),
    ...(shadow && { shadow: shadow.percent === 100 ? shadow.version : shadow }),
    ...(rollout && { rollout: rolloutToJson(rollout) }),
  };
}

/** `modelSchema` the other way round. */
export function modelToJson({ versions, retired, history, ...routing }: IndexedModel): unknown {
  return {
    versions: Object.fromEntries(
      [...versions].map(([each, { manifest, bytes, publishedAt }]) => [
        each,
        { manifest, bytes, published: isoTime(publishedAt) },
      ]),
    ),
    ...(retired.length > 0 && { retired }),
    ...routingToJson(routing),
    ...(history.length > 0 && { history: history.map((entry) => ({ ...entry, at: isoTime(entry.at) })) }),
  };
}
