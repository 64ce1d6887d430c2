import { Code, version } from '@tensorfleet/core';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../../scripts/src/commands/evaluate.ts';
import { renderReport } from '../../../scripts/src/evaluation/render-report.ts';
import { type ReadAnswer, reportOf } from '../../../scripts/src/evaluation/report.ts';
import type { Answered, Failed } from '../../../scripts/src/evaluation/run-requests.ts';

function answered(number: number | undefined, isMisread: boolean, durationMs = 1): Answered<ReadAnswer> {
  const answer = { version: number === undefined ? undefined : version(number), isMisread };
  return { kind: 'answered', index: 0, answer, durationMs };
}

function failed(code: Code, message: string): Failed {
  return { kind: 'failed', index: 0, code, message, durationMs: 1 };
}

const MIXED = [
  answered(10, false, 4),
  answered(2, true, 2),
  answered(2, false, 1),
  answered(undefined, false, 3),
  failed(Code.Unavailable, 'queue full'),
  failed(Code.Unavailable, 'draining'),
];

describe('reportOf', () => {
  const report = reportOf({ outcomes: MIXED, durationMs: 2000 });

  it('relates misread labels to the answers, not to the requests', () => {
    expect(report).toMatchObject({ requests: 6, answered: 4, misread: 1, errorRate: 0.25 });
  });

  it('counts failures by code with one example', () => {
    expect(report.failures).toEqual({ UNAVAILABLE: { count: 2, example: 'queue full' } });
  });

  it('counts the answers of each version, and those of servers that do not say', () => {
    expect(report.versions).toEqual({
      '2': { answered: 2, misread: 1, errorRate: 0.5 },
      '10': { answered: 1, misread: 0, errorRate: 0 },
      unknown: { answered: 1, misread: 0, errorRate: 0 },
    });
  });

  it('takes latencies from answers only', () => {
    expect(report.latencyMs).toEqual({ p50: 2, p90: 4, p99: 4, max: 4 });
    expect(report.requestsPerSecond).toBe(3);
  });

  it('has neither rate nor latencies when nothing was answered', () => {
    expect(reportOf({ outcomes: [], durationMs: 0 })).toMatchObject({
      errorRate: null,
      latencyMs: null,
      requestsPerSecond: 0,
    });
  });
});

describe('renderReport', () => {
  const plain = picocolors.createColors(false);

  it('shows error rate, failures and versions', () => {
    const text = renderReport(reportOf({ outcomes: MIXED, durationMs: 2000 }), plain);
    expect(text).toContain('error rate  25.0 %\nmisread     1 of 4 answered\nfailed      2\n');
    expect(text).toContain('2 × UNAVAILABLE, e.g. queue full');
    expect(text).toMatch(/version +answered +misread +error rate\n +2 +2 +1 +50.0 %/);
  });

  it('says so when nothing was answered', () => {
    expect(renderReport(reportOf({ outcomes: [], durationMs: 0 }), plain)).toContain('nothing was answered');
  });
});

describe('verdictOf', () => {
  const passed = reportOf({ outcomes: [answered(1, true), answered(1, false)], durationMs: 1 });

  it('passes at the allowed error rate and fails above it', () => {
    expect(verdictOf(passed, 0.5)).toBeUndefined();
    expect(verdictOf(passed, 0.49)).toBe('the error rate 50.0 % is above the allowed 49.0 %');
  });

  it('passes any error rate when none is given', () => {
    expect(verdictOf(passed)).toBeUndefined();
  });

  it('fails when a request failed, whatever the rest said', () => {
    expect(verdictOf(reportOf({ outcomes: MIXED, durationMs: 1 }))).toBe('2 of 6 requests failed');
  });
});
