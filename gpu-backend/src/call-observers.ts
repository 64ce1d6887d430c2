import type { AccessLog } from './listeners/access-log.ts';
import type { GrpcReport, RestReport } from './listeners/call-report.ts';
import type { Metrics } from './metrics/metrics.ts';

/** What listeners tell of every call that has ended. */
export interface CallObservers {
  readonly grpc: (report: GrpcReport) => void;
  readonly rest: (report: RestReport) => void;
}

/** Counts it and, where there is an access log, writes it there. */
export function callObservers(metrics: Metrics, accessLog: AccessLog | undefined): CallObservers {
  return {
    grpc(report) {
      metrics.grpcCallDone(report);
      accessLog?.grpc(report);
    },
    rest(report) {
      metrics.restRequestDone(report);
      accessLog?.rest(report);
    },
  };
}
