import type { Address } from '../address.ts';
import type { FleetTarget } from './fleet-target.ts';
import { createGrpcTarget } from './grpc-target.ts';
import { createHttpTarget } from './http-target.ts';

/** The fleet at an address; connects with the first call. */
export function createFleetTarget(address: Address): FleetTarget {
  return address.protocol === 'http' ? createHttpTarget(address.url) : createGrpcTarget(address.target);
}
