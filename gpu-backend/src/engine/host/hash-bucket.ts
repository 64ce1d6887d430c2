import { invalidArgument, tensor } from '@tensorfleet/core';
import { numberAttribute, numbersAttribute } from './attributes.ts';
import { fingerprint64 } from './farm-hash.ts';
import type { HostAttributes, HostKernel, HostOp } from './host-op.ts';
import { stringsAt } from './inputs.ts';
import { hash64 } from './murmur-hash.ts';
import { sipHash } from './sip-hash.ts';

export const stringToHashBucketFast: HostOp = (attributes) => buckets(attributes, fingerprint64);

export const stringToHashBucket: HostOp = (attributes) => buckets(attributes, hash64);

export const stringToHashBucketStrong: HostOp = (attributes) => {
  const [first, second, ...more] = numbersAttribute(attributes, 'key');
  if (first === undefined || second === undefined || more.length > 0) {
    throw invalidArgument('Key must have 2 elements');
  }
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second)) {
    throw invalidArgument('the words of the key are outside -(2^53 - 1) to 2^53 - 1');
  }
  const key = [BigInt(first), BigInt(second)] as const;
  return buckets(attributes, (bytes) => sipHash(bytes, key));
};

function buckets(attributes: HostAttributes, hash: (bytes: Uint8Array) => bigint): HostKernel {
  const count = numberAttribute(attributes, 'num_buckets');
  if (!Number.isSafeInteger(count) || count < 1) {
    throw invalidArgument(`num_buckets must be from 1 to 2^53 - 1, got ${count}`);
  }
  const divisor = BigInt(count);
  return (inputs) => {
    const { shape, data } = stringsAt(inputs, 0);
    return [
      tensor(
        'INT64',
        shape,
        BigInt64Array.from(data, (bytes) => hash(bytes) % divisor),
      ),
    ];
  };
}
