import type { AwsLambda } from './streaming-handler.ts';

/** The X-Ray header of the invocation that runs; Lambda's runtime sets it anew for each. */
export function xrayTrace(): string | undefined {
  return process.env['_X_AMZN_TRACE_ID'];
}

/** What Lambda's runtime defines globally; undefined elsewhere. */
export function awsLambda(): AwsLambda | undefined {
  return (globalThis as { readonly awslambda?: AwsLambda }).awslambda;
}
