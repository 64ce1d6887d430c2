import { z } from 'zod';

const name = z.string().min(1).max(1024);

const metricSchema = z.strictObject({
  Name: name,
  Unit: z.enum(['Milliseconds', 'Count', 'None']),
  StorageResolution: z.literal([1, 60]).optional(),
});

const directiveSchema = z.strictObject({
  Namespace: name,
  Dimensions: z.array(z.array(z.string().min(1).max(250)).max(30)).min(1),
  Metrics: z.array(metricSchema).max(100),
});

/**
 * A line as the specification has it: every dimension is a text and every metric a number beside them.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const embeddedMetricSchema = z
  .looseObject({
    _aws: z.strictObject({
      Timestamp: z.int().min(1_000_000_000_000),
      CloudWatchMetrics: z.array(directiveSchema).min(1),
    }),
  })
  .check(({ value: line, issues }) => {
    const directives = line._aws.CloudWatchMetrics;
    const dimensions = directives.flatMap(({ Dimensions }) => Dimensions.flat());
    const metrics = directives.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name));
    for (const missing of [
      ...dimensions.filter((key) => !isText(line[key])),
      ...metrics.filter((key) => !Number.isFinite(line[key])),
    ]) {
      issues.push({
        code: 'custom',
        input: line[missing],
        message: `${missing} has no value that fits`,
        path: [missing],
      });
    }
  });

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length >= 1 && value.length <= 1024;
}
