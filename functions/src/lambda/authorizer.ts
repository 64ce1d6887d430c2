import { systemClock } from '@tensorfleet/core';
import { composeAuthorizer } from '../authorizer/compose-authorizer.ts';
import { resolveAuthorizerConfig } from '../authorizer/config.ts';
import { createLogger } from '../telemetry/logger.ts';
import { type AuthorizerHandler, createAuthorizerHandler } from './request-authorizer.ts';

const log = createLogger('info');

/**
 * The entry point of the authorizer function. Its configuration is read by the first request, inside: one that is not
 * valid is a denial with its reason in the log.
 */
export const handler: AuthorizerHandler = createAuthorizerHandler(
  () => composeAuthorizer(resolveAuthorizerConfig(), { clock: systemClock, now: Date.now, log }),
  log,
);
