import { invalidArgument } from './status-error.ts';

declare const versionBrand: unique symbol;

/** A model version: a safe non-negative integer. */
export type Version = number & { readonly [versionBrand]: true };

/**
 * The version with this number. Throws INVALID_ARGUMENT for negative, fractional and
 * unsafe (beyond 2^53 - 1) values.
 */
export function version(value: number | bigint): Version {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw invalidArgument(`version ${value} is not an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
  }
  return number as Version; // checked above
}

/** The version that decimal digits name (`00000123` is 123), or undefined when the text is not one. */
export function parseVersion(text: string): Version | undefined {
  const number = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? (number as Version) : undefined; // digits only: non-negative
}

/** Which model a request wants; `version` and `versionLabel` exclude each other, neither is the latest. */
export interface ModelSpec {
  readonly name: string;
  readonly version?: Version;
  readonly versionLabel?: string;
  readonly signatureName?: string;
}

export const DEFAULT_SIGNATURE = 'serving_default';
