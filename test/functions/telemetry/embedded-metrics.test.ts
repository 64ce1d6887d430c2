import { createEmbeddedMetrics, type Metric } from '@tensorfleet/functions';
import { describe, expect, it } from 'vitest';
import { embeddedMetricSchema } from '../../support/embedded-metric-schema.ts';

const METRICS: readonly Metric[] = [
  { name: 'Latency', unit: 'Milliseconds', value: 1.5 },
  { name: 'NoBackend', unit: 'Count', value: 0, isFine: true },
];

function linesOf(metrics: readonly Metric[], facts?: object): readonly string[] {
  const lines: string[] = [];
  const dimensions = { service: 'tensorfleet-dev' };
  const options = { namespace: 'tensorfleet', dimensions, now: () => 1_790_000_000_000.5 };
  createEmbeddedMetrics({ ...options, write: (line) => lines.push(line) })(metrics, facts);
  return lines;
}

describe('createEmbeddedMetrics', () => {
  it('keeps the embedded metric format, in one line', () => {
    const [line = '', ...more] = linesOf(METRICS, { requestId: 'two\nlines' });
    expect(more).toEqual([]);
    expect(line.indexOf('\n')).toBe(line.length - 1);
    const document = embeddedMetricSchema.parse(JSON.parse(line));
    expect(document).toEqual({
      _aws: {
        Timestamp: 1_790_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: 'tensorfleet',
            Dimensions: [['service']],
            Metrics: [
              { Name: 'Latency', Unit: 'Milliseconds' },
              { Name: 'NoBackend', Unit: 'Count', StorageResolution: 1 },
            ],
          },
        ],
      },
      service: 'tensorfleet-dev',
      requestId: 'two\nlines',
      Latency: 1.5,
      NoBackend: 0,
    });
  });

  it('lets no fact take the place of a metric or of a dimension', () => {
    const [line = ''] = linesOf(METRICS, { service: 'forged', Latency: 'forged', _aws: 'forged' });
    expect(embeddedMetricSchema.parse(JSON.parse(line))).toMatchObject({ service: 'tensorfleet-dev', Latency: 1.5 });
  });
});
