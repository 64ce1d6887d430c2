import { z } from 'zod';
import { flag, real, text, whole } from './values.ts';

/** The value of a dimension in CloudWatch. */
const dimension = z
  .string()
  .regex(/^(?!:)[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters, the first of which is no colon')
  .refine((value) => value.trim() !== '', 'must hold more than spaces');

/** What is told about what happens. */
export const logSettings = {
  log_level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('least severe line to log'),
  log_format: z
    .enum(['auto', 'json', 'pretty'])
    .default('auto')
    .describe('JSON lines, or lines for people; auto: the latter on a terminal'),
  access_log: flag.prefault(false).describe('one line per request'),
  monitoring_config_file: text.describe('MonitoringConfig in protobuf text format: a second path of the metrics'),
  cloudwatch_metrics: flag
    .prefault(false)
    .describe("what scaling goes by, as lines in CloudWatch's embedded metric format on standard output"),
  cloudwatch_metrics_period_seconds: whole(1, 60).prefault(10).describe('time between two of these lines'),
  cloudwatch_metrics_service: dimension.default('tensorfleet').describe('their dimension Service'),
  cloudwatch_metrics_stage: dimension.default('dev').describe('their dimension Stage'),
  request_log_filename_prefix: text.describe(
    'files <prefix>… that sampled requests are written to as PredictionLog records; unset: none, unless the logging_config of a model says so',
  ),
  request_log_sampling_rate: real(0, 1).prefault(1).describe('share of the requests that are written there'),
  request_log_max_megabytes: whole(64, 100_000_000)
    .prefault(1024)
    .describe("disk space of one model's request log; beyond that its oldest files go"),
};
