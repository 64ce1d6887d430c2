export { readConfigFile, resolveServerConfig, type ServerConfig, serverConfigSchema } from './config.ts';
export { createLogger } from './logger.ts';
export { type RunOptions, runModelServer } from './main.ts';
export { type ListenOptions, ModelServer, type ServerPorts } from './model-server.ts';
export type { Manifest } from './repository/manifest.ts';
export { type PublishedVersion, type PublishOptions, publishVersion } from './repository/publish.ts';
export { type PublishSource, readPublishSource } from './repository/publish-source.ts';
export { unpublishVersion } from './repository/unpublish.ts';
