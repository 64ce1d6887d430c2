import { CODE_NAMES, type Logger } from '@tensorfleet/core';
import type { CallFacts, GrpcReport, RestReport } from './call-report.ts';

/** A target longer than this is cut. */
const MAX_TARGET_CHARACTERS = 300;

export interface AccessLog {
  grpc(report: GrpcReport): void;
  rest(report: RestReport): void;
}

/** One line per call, when it is answered. */
export function createAccessLog(log: Pick<Logger, 'info'>): AccessLog {
  return {
    grpc: (report) => log.info({ protocol: 'grpc', ...lineOf(report) }, 'call'),
    rest({ method, status, ...report }) {
      log.info({ protocol: 'rest', method, status, ...lineOf(report) }, 'call');
    },
  };
}

function lineOf({ target, trace, code, durationMs, ...rest }: CallFacts): object {
  const { requestBytes, responseBytes, requestId, traceId, peer } = rest;
  const isInference = trace !== undefined && trace.api !== '';
  return {
    target: target.slice(0, MAX_TARGET_CHARACTERS),
    code: CODE_NAMES[code],
    ...(isInference && { api: trace.api, model: trace.model, version: trace.version }),
    durationMs: rounded(durationMs),
    ...(isInference && { queueMs: rounded(trace.queueMs), runMs: rounded(trace.runMs), rows: trace.rows }),
    ...{ requestBytes, responseBytes, requestId, peer },
    ...(traceId !== undefined && { trace_id: traceId }),
  };
}

/** To microseconds. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
