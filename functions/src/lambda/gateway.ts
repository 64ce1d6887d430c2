import { composeGateway } from '../gateway/compose.ts';
import { resolveGatewayConfig } from '../gateway/config.ts';
import { createHttpApiV2Handler, type HttpApiV2Handler } from './http-api-v2.ts';

/** Lives as long as the sandbox: the connections to the fleet outlast an invocation. */
const gateway = composeGateway(resolveGatewayConfig());

/** The entry point of the gateway function. */
export const handler: HttpApiV2Handler = createHttpApiV2Handler(gateway.app);
