import { invalidArgument } from '@tensorfleet/core';

const MS_OF_UNIT: ReadonlyMap<string, number> = new Map([
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1_000],
  ['m', 1],
  ['u', 1e-3],
  ['n', 1e-6],
]);

/** Milliseconds of a grpc-timeout header (`250m`); Infinity without one. Throws INVALID_ARGUMENT when malformed. */
export function parseGrpcTimeout(value: string | undefined): number {
  if (value === undefined) {
    return Number.POSITIVE_INFINITY;
  }
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(value) ?? [];
  const unitMs = MS_OF_UNIT.get(unit ?? '');
  if (digits === undefined || unitMs === undefined) {
    const shown = JSON.stringify(value.slice(0, 40));
    throw invalidArgument(`grpc-timeout is ${shown}, it must be 1 to 8 digits and a unit of H, M, S, m, u, n`);
  }
  return Number(digits) * unitMs;
}
