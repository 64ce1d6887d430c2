import { CODE_NAMES, type Code } from '@tensorfleet/core';
import type { MetricRegistry } from './metric-registry.ts';
import { remembered, type VersionTopic } from './version-observer.ts';

/** Bytes of both protocols, by the version that they were for. */
export const byteMetrics: VersionTopic = (registry) => {
  const names = ['model', 'version', 'protocol'];
  const received = registry.counter(
    'tensorfleet_request_bytes_total',
    'Bytes of messages and bodies received, unzipped; no model for calls that reached none',
    names,
  );
  const sent = registry.counter(
    'tensorfleet_response_bytes_total',
    'Bytes of messages and bodies sent, as zipped',
    names,
  );
  return (labels) => {
    const ofProtocol = remembered((protocol: string) => ({
      received: received.series({ ...labels, protocol }),
      sent: sent.series({ ...labels, protocol }),
    }));
    return {
      callDone({ protocol, requestBytes, responseBytes }) {
        const series = ofProtocol(protocol);
        series.received.add(requestBytes);
        series.sent.add(responseBytes);
      },
    };
  };
};

/** gRPC calls of every method; `method` is empty when the server has none of that name. */
export function grpcCallMetrics(registry: MetricRegistry): (method: string, code: Code) => void {
  const calls = registry.counter('tensorfleet_grpc_calls_total', 'gRPC calls by method and status code', [
    'method',
    'code',
  ]);
  const ofMethod = remembered((method: string) =>
    remembered((code: Code) => calls.series({ method, code: CODE_NAMES[code] })),
  );
  return (method, code) => ofMethod(method)(code).add();
}

/** HTTP requests of every path; Node refuses methods that it does not know, so these are few. */
export function restRequestMetrics(registry: MetricRegistry): (method: string, status: number) => void {
  const requests = registry.counter('tensorfleet_rest_requests_total', 'HTTP requests by method and status', [
    'method',
    'status',
  ]);
  const ofMethod = remembered((method: string) =>
    remembered((status: number) => requests.series({ method, status: String(status) })),
  );
  return (method, status) => ofMethod(method)(status).add();
}
