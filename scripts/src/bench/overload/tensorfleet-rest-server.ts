import { ModelServer, resolveServerConfig } from '@tensorfleet/gpu-backend';
import { reportToParent } from '../serving/report-to-parent.ts';

// Our server with its defaults, for REST: `tensorfleet-rest-server.ts <model repository>`.
const nothing = (): void => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const config = resolveServerConfig({ host: '127.0.0.1', model_repository: process.argv[2] ?? '' });
const server = new ModelServer(config, { log });
const ports = await server.start({ grpcPort: 0, restPort: 0 });
await server.settled();
reportToParent(ports.rest ?? 0);
