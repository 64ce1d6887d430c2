import { describe, expect, it } from 'vitest';
import { parseGate } from '../../../scripts/src/gate/gate-config.ts';

const PICTURES = 'data: {file: held-out.npz}\n';
const TENSORS = 'data: {file: x.npz, inputs: {x: x}, targets: {y: y}}\n';
const GATING = 'gating: {error_rate: {max: 0.1}}\n';

function problemsOf(text: string): string {
  try {
    parseGate(text, '/gates/gate.yaml');
  } catch (reason) {
    return (reason as Error).message;
  }
  return expect.fail('nothing is wrong');
}

describe('parseGate', () => {
  it('fills in what a short gate leaves out, and finds the data beside the gate', () => {
    expect(parseGate(PICTURES + GATING, '/gates/gate.yaml')).toEqual({
      data: { kind: 'pictures', file: '/gates/held-out.npz', images: 'images', labels: 'labels' },
      server: 'local',
      baseline: 'stable',
      gating: { failed_requests: { max: 0 }, error_rate: { max: 0.1 } },
      requests: undefined,
      concurrency: 4,
      timeoutMs: 30_000,
      promote: 'stable',
    });
  });

  it('reads everything', () => {
    const text = `
data: {file: /data/x.npz, inputs: {x: inputs}, targets: {y: wanted}, equal_within: 0.01}
server: localhost:8500
baseline: 12
gating:
  mean_absolute_error: {max: 0.5, max_ratio: 1.1}
  agreement: {min: 0.9}
  failed_requests: {max: 3}
optimising: {metric: latency_p99_ms, tolerance: 2}
requests: 500
concurrency: 1
timeout_ms: 1000
promote: canary
`;
    expect(parseGate(text, 'gate.yaml')).toEqual({
      data: {
        kind: 'tensors',
        file: '/data/x.npz',
        inputs: new Map([['x', 'inputs']]),
        targets: new Map([['y', 'wanted']]),
        equalWithin: 0.01,
      },
      server: { protocol: 'grpc', target: 'localhost:8500' },
      baseline: 12,
      gating: {
        mean_absolute_error: { max: 0.5, max_ratio: 1.1 },
        agreement: { min: 0.9 },
        failed_requests: { max: 3 },
      },
      optimising: { metric: 'latency_p99_ms', tolerance: 2 },
      requests: 500,
      concurrency: 1,
      timeoutMs: 1000,
      promote: 'canary',
    });
  });

  it.each([
    [true, 'stable'],
    [false, undefined],
    ['canary', 'canary'],
  ])('promote: %s is the label %s', (promote, label) => {
    expect(parseGate(`${PICTURES}${GATING}promote: ${promote}`, 'gate.yaml').promote).toBe(label);
  });

  it.each([
    ['no data', GATING, 'data is missing'],
    ['an unknown key', `${PICTURES}${GATING}gates: 1`, 'gates'],
    ['no metric', PICTURES, 'gating is missing: must have a metric'],
    ['an unknown metric', `${PICTURES}gating: {accuracy: {min: 1}}`, 'Unrecognized key: "accuracy"'],
    ['a bound without a number', `${PICTURES}gating: {error_rate: {}}`, 'must have max, min or max_ratio'],
    ['a share above 1', `${PICTURES}gating: {error_rate: {max: 10}}`, 'gating.error_rate.max is 10: must be at most 1'],
    ['a negative bound', `${PICTURES}gating: {size_bytes: {max: -1}}`, 'gating.size_bytes.max is -1'],
    [
      'a bound on the wrong side',
      `${PICTURES}gating: {error_rate: {min: 0.1}}`,
      'error_rate is better when it is lower',
    ],
    [
      'a ratio without a baseline',
      `${PICTURES}baseline: none\ngating: {latency_p99_ms: {max_ratio: 2}}`,
      'no baseline',
    ],
    ['agreement without a baseline', `${PICTURES}baseline: none\ngating: {agreement: {min: 1}}`, 'needs a baseline'],
    ['a label as baseline', `${PICTURES}${GATING}baseline: canary`, 'baseline is "canary": must be stable, latest'],
    ['no address', `${PICTURES}${GATING}server: nowhere`, 'server is "nowhere": "nowhere" is no address'],
    ['errors of pictures', `${PICTURES}gating: {mean_absolute_error: {max: 1}}`, 'needs data with inputs and targets'],
    ['labels of tensors', `${TENSORS}${GATING}`, 'needs data with images and labels'],
    ['targets alone', `data: {file: x, targets: {y: y}}\n${GATING}`, 'data.targets is an object: needs inputs as well'],
    ['two kinds of data', `data: {file: x, images: a, inputs: {x: x}}\n${GATING}`, 'not both'],
    ['memory of a fleet', `${PICTURES}server: localhost:1\ngating: {memory_bytes: {max: 1}}`, 'needs server: local'],
    ['optimising agreement', `${PICTURES}optimising: {metric: agreement}`, 'agreement is of both versions together'],
    ['optimising alone', `${PICTURES}baseline: none\noptimising: {metric: error_rate}`, 'which is none'],
    ['no YAML', 'data: [', 'is not YAML'],
    ['a text', 'gate', 'it is "gate"'],
  ])('refuses %s, naming file, path and value', (_, text, problem) => {
    const said = problemsOf(text);
    expect(said).toContain('/gates/gate.yaml');
    expect(said).toContain(problem);
  });

  it('names all problems at once', () => {
    const said = problemsOf(`${PICTURES}concurrency: 0\nrequests: 1.5\n${GATING}`);
    expect(said).toContain('concurrency is 0');
    expect(said).toContain('requests is 1.5');
  });
});
