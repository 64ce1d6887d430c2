export type { Channel, UnaryOptions } from './channel.ts';
export type { FleetCallOptions, FleetClient, ModelMetadata, Prediction, PredictOptions } from './fleet-client.ts';
export { createGrpcChannel, type GrpcChannelDependencies } from './grpc-channel.ts';
export type { GrpcChannelOptions } from './grpc-channel-options.ts';
export { createFleetClient, type FleetClientDependencies, type FleetClientOptions } from './grpc-fleet-client.ts';
