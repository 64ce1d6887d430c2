import { Code, version } from '@tensorfleet/core';
import { describe, expect, test } from 'vitest';
import { createAccessLog } from '../../../gpu-backend/src/listeners/access-log.ts';
import { codeOfStatus, type RestReport } from '../../../gpu-backend/src/listeners/call-report.ts';
import { silentLog } from '../../support/silent-log.ts';

const REPORT: RestReport = {
  method: 'POST',
  status: 200,
  target: '/v1/models/mnist:predict',
  peer: '127.0.0.1:5000',
  requestId: 'r-1',
  trace: { api: 'Predict', model: 'mnist', version: version(3), examples: 0, rows: 2, queueMs: 0.5, runMs: 1.00049 },
  code: Code.Ok,
  durationMs: 2.25,
  requestBytes: 100,
  responseBytes: 50,
};

describe('the access log', () => {
  test('tells who asked what, how it ended and what it took, in one line', () => {
    const log = silentLog();
    createAccessLog(log).rest(REPORT);
    expect(log.lines).toEqual([
      {
        level: 'info',
        text: 'call',
        facts: {
          ...{ protocol: 'rest', method: 'POST', target: '/v1/models/mnist:predict', status: 200, code: 'OK' },
          ...{ api: 'Predict', model: 'mnist', version: 3, rows: 2 },
          ...{ durationMs: 2.25, queueMs: 0.5, runMs: 1 },
          ...{ requestBytes: 100, responseBytes: 50, requestId: 'r-1', peer: '127.0.0.1:5000' },
        },
      },
    ]);
  });

  test('names the trace that the caller named', () => {
    const log = silentLog();
    createAccessLog(log).rest({ ...REPORT, traceId: '4bf92f3577b34da6a3ce929d0e0e4736' });
    expect(log.lines[0]?.facts).toMatchObject({ trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' });
  });

  test('names no model and no times where there was no inference', () => {
    const log = silentLog();
    const { method: _method, status: _status, ...call } = REPORT;
    createAccessLog(log).grpc({ ...call, path: undefined, trace: undefined, code: Code.Unimplemented });
    expect(log.lines[0]?.facts).toMatchObject({ protocol: 'grpc', code: 'UNIMPLEMENTED', durationMs: 2.25 });
    expect(Object.keys(log.lines[0]?.facts ?? {})).not.toEqual(expect.arrayContaining(['model']));
  });

  test('cuts long targets', () => {
    const log = silentLog();
    createAccessLog(log).rest({ ...REPORT, target: `/${'x'.repeat(100_000)}` });
    expect(JSON.stringify(log.lines).length).toBeLessThan(1000);
  });

  test.each([
    [200, Code.Ok],
    [302, Code.Ok],
    [400, Code.InvalidArgument],
    [404, Code.NotFound],
    [405, Code.Unknown],
    [503, Code.Unavailable],
  ])('takes status %i for code %i where nobody knows better', (status, code) => {
    expect(codeOfStatus(status)).toBe(code);
  });
});
