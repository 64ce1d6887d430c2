import { TRACEPARENT_HEADER, TRACESTATE_HEADER } from '@tensorfleet/codecs';
import type { Logger } from '@tensorfleet/core';
import type { MiddlewareHandler } from 'hono';
import { withFacts } from '../../telemetry/logger.ts';
import { traceRequest } from '../../telemetry/request-trace.ts';
import { bindingsOf, type GatewayEnv, type Invocation } from '../gateway-env.ts';

export interface TelemetryOptions {
  readonly log: Logger;
}

/** Puts a request into its trace, and gives it a log whose lines name trace and invocation as Powertools does. */
export function telemetry({ log }: TelemetryOptions): MiddlewareHandler<GatewayEnv> {
  return async function telemetry(c, next) {
    const { invocation } = bindingsOf(c);
    const { context, xrayTraceId } = traceRequest({
      traceparent: c.req.header(TRACEPARENT_HEADER),
      tracestate: c.req.header(TRACESTATE_HEADER),
      xrayHeader: c.req.header('x-amzn-trace-id'),
      xrayInvocation: invocation?.xrayTrace,
    });
    c.set('traceContext', context);
    const facts = {
      ...(invocation && invocationFacts(invocation)),
      ...(xrayTraceId !== undefined && { xray_trace_id: xrayTraceId }),
      trace_id: context.traceId,
      span_id: context.spanId,
    };
    c.set('logFacts', facts);
    c.set('log', withFacts(log, facts));
    await next();
  };
}

function invocationFacts({ coldStart, requestId, functionName, functionArn, memoryMb }: Invocation): object {
  return {
    cold_start: coldStart,
    function_request_id: requestId,
    ...(functionName !== undefined && { function_name: functionName }),
    ...(functionArn !== undefined && { function_arn: functionArn }),
    ...(memoryMb !== undefined && { function_memory_size: memoryMb }),
  };
}
