import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LambdaContext } from '@tensorfleet/functions';

/** What Lambda hands over beside an event, with 4.5 s left. */
export const CONTEXT: LambdaContext = {
  awsRequestId: 'aws-1',
  functionName: 'tensorfleet-dev-gateway',
  getRemainingTimeInMillis: () => 4_500,
};

/** A recorded event, to be changed at will. */
// biome-ignore lint/suspicious/noExplicitAny: every kind of event has another shape, and tests change single fields
export function eventOf(name: string): any {
  return JSON.parse(readFileSync(join(import.meta.dirname, `../../fixtures/lambda-events/${name}.json`), 'utf8'));
}

/** The same request, to predict with a picture, as every kind of sender puts it. */
export const PICTURE_EVENTS = [
  'predict-picture',
  'http-api-named-stage',
  'http-api-lambda-authorizer',
  'http-api-jwt-authorizer',
  'http-api-format-1',
  'rest-api',
  'rest-api-custom-domain',
  'alb',
  'alb-multi-value',
  'function-url',
] as const;
