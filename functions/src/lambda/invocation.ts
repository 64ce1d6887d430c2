import type { GatewayBindings } from '../gateway/gateway-env.ts';
import type { EventRequest } from './exchange.ts';

/** What Lambda says of an invocation besides its event. */
export interface LambdaContext {
  readonly awsRequestId: string;
  readonly functionName?: string;
  readonly memoryLimitInMB?: string;
  readonly invokedFunctionArn?: string;
  getRemainingTimeInMillis(): number;
}

export interface InvocationDependencies {
  /** The invocation's X-Ray header, which changes with each. */
  readonly xrayTrace: () => string | undefined;
}

/** What is kept of an invocation's time for writing the answer, so that clients get a 504 and not a broken function. */
const RESERVED_MS = 500;

/** Makes the bindings of invocations; the first it is asked for is the cold start of the sandbox. */
export function createInvocations({ xrayTrace }: InvocationDependencies) {
  let coldStart = true;
  return function bindingsFrom(request: EventRequest, context: LambdaContext): GatewayBindings {
    const { rawTarget, requestId, sourceIp, authorizerContext } = request;
    const bindings = {
      rawTarget,
      requestId: requestId ?? context.awsRequestId,
      remainingMs: context.getRemainingTimeInMillis() - RESERVED_MS,
      sourceIp,
      authorizerContext,
      invocation: {
        coldStart,
        requestId: context.awsRequestId,
        functionName: context.functionName,
        functionArn: context.invokedFunctionArn,
        memoryMb: context.memoryLimitInMB,
        xrayTrace: xrayTrace(),
      },
    };
    coldStart = false;
    return bindings;
  };
}
