import { composeGateway } from '../gateway/compose.ts';
import { resolveGatewayConfig } from '../gateway/config.ts';
import { xrayTrace } from './config.ts';
import { createLambdaHandler, type LambdaHandler } from './lambda-handler.ts';

/** Lives as long as the sandbox: the connections to the fleet outlast an invocation. */
const gateway = composeGateway(resolveGatewayConfig());

/** The entry point of the gateway function. */
export const handler: LambdaHandler = createLambdaHandler(gateway.app, { xrayTrace });
