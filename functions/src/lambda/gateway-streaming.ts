import { composeGateway } from '../gateway/compose.ts';
import { resolveGatewayConfig } from '../gateway/config.ts';
import { awsLambda, xrayTrace } from './config.ts';
import { createLambdaHandler, type LambdaHandler } from './lambda-handler.ts';
import { createStreamingHandler, type StreamingHandler } from './streaming-handler.ts';

/** Lives as long as the sandbox: the connections to the fleet outlast an invocation. */
const { app } = composeGateway(resolveGatewayConfig());
const awslambda = awsLambda();

/** The entry point behind the function URL that streams. Where nothing can stream (`invoke local`) it answers as a whole. */
export const handler: StreamingHandler | LambdaHandler =
  awslambda === undefined
    ? createLambdaHandler(app, { xrayTrace })
    : createStreamingHandler(app, { awslambda, xrayTrace });
