import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const FILE = resolve(import.meta.dirname, '../../../infra/scaling.yml');

const seconds = z.int().min(0).max(3600);

/** infra/scaling.yml: what templates and manifests scale by. */
export const scalingNumbersSchema = z.strictObject({
  tasks: z.strictObject({ min: z.int().min(0), max: z.int().min(1) }),
  signal: z.strictObject({
    metric: z.literal('QueueTime'),
    statistic: z.literal('Average'),
    target_ms: z.number().positive(),
    busy_target: z.number().gt(0).lt(1),
  }),
  ecs: z.strictObject({
    scale_out_cooldown_s: seconds,
    scale_in_cooldown_s: seconds,
    idle_min: z.int().min(1).max(60),
    wake_up: z.strictObject({
      metric: z.literal('NoBackend'),
      period_s: z.literal([10, 30, 60]),
      periods: z.int().min(1).max(60),
      capacity: z.int().min(1),
    }),
  }),
  kubernetes: z.strictObject({
    scale_down_stabilization_s: seconds,
    scale_up_stabilization_s: seconds,
    cooldown_s: seconds,
    polling_interval_s: z.int().min(1).max(60),
  }),
  retry_after_s: z.int().min(1).max(600),
});

export type ScalingNumbers = Readonly<z.infer<typeof scalingNumbersSchema>>;

/** Throws for a file that lacks a number or has one that nobody reads. */
export function readScalingNumbers(): ScalingNumbers {
  return scalingNumbersSchema.parse(parse(readFileSync(FILE, 'utf8')));
}
