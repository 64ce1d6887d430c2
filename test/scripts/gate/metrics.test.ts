import { expect, it } from 'vitest';
import { repeatableMetrics } from '../../../scripts/src/gate/metrics.ts';

it('repeatableMetrics leaves out what another run measures otherwise, and keeps zeros', () => {
  const metrics = {
    error_rate: 0,
    agreement: 0.9,
    latency_p50_ms: 1,
    latency_p99_ms: 2,
    memory_bytes: 3,
    size_bytes: 4,
  };
  expect(repeatableMetrics(metrics)).toEqual({ error_rate: 0, agreement: 0.9, size_bytes: 4 });
});
