import { createPrometheusMetrics } from '@tensorfleet/functions';
import { describe, expect, it } from 'vitest';

describe('createPrometheusMetrics', () => {
  it('has the known counters at zero, for the first event to be an increase', () => {
    expect(createPrometheusMetrics(['NoBackend']).page()).toBe(
      '# TYPE tensorfleet_gateway_no_backend_total counter\ntensorfleet_gateway_no_backend_total 0\n',
    );
  });

  it('adds up counts, and times in seconds', () => {
    const metrics = createPrometheusMetrics([]);
    for (const latency of [250, 500]) {
      metrics.emit([
        { name: 'RequestCount', unit: 'Count', value: 1 },
        { name: 'Latency', unit: 'Milliseconds', value: latency },
      ]);
    }
    expect(metrics.page().split('\n')).toEqual([
      '# TYPE tensorfleet_gateway_request_count_total counter',
      'tensorfleet_gateway_request_count_total 2',
      '# TYPE tensorfleet_gateway_latency_seconds summary',
      'tensorfleet_gateway_latency_seconds_sum 0.75',
      'tensorfleet_gateway_latency_seconds_count 2',
      '',
    ]);
  });
});
