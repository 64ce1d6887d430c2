import { createHash } from 'node:crypto';
import { notFound } from '@tensorfleet/core';

/** `length` bytes that nobody can guess. */
export type RandomBytes = (length: number) => Uint8Array;

/** What the lifecycle of the bucket and the rights of the gateway are about. */
const PREFIX = 'uploads';
const CALLER_CHARACTERS = 32;
/** 144 bits: 24 characters of base64url without padding. */
const RANDOM_BYTES = 18;
const KEY = /^uploads\/([0-9a-f]{32})\/[A-Za-z0-9_-]{24}$/;

/**
 * A new key, which belongs to the caller with this id (undefined: to everyone without one). Ids are hashed, since they may
 * hold any character.
 */
export function createUploadKey(callerId: string | undefined, random: RandomBytes): string {
  return `${PREFIX}/${folderOf(callerId)}/${Buffer.from(random(RANDOM_BYTES)).toString('base64url')}`;
}

/** Throws NOT_FOUND for what is no key of this caller, in the same words as for a key that holds nothing. */
export function checkUploadKey(key: string, callerId: string | undefined): void {
  if (KEY.exec(key)?.[1] !== folderOf(callerId)) {
    throw noSuchUpload(key);
  }
}

/** NOT_FOUND: nothing, or nothing any more, lies under the key. */
export function noSuchUpload(key: string): Error {
  const shown = JSON.stringify(key.slice(0, MAX_SHOWN_CHARACTERS));
  return notFound(
    `there is no upload ${shown}: it never arrived, has expired, or is not the caller's; POST /v1/uploads starts another`,
  );
}

const MAX_SHOWN_CHARACTERS = 100;

function folderOf(callerId: string | undefined): string {
  const text = callerId === undefined ? 'anyone' : `caller:${callerId}`;
  return createHash('sha256').update(text).digest('hex').slice(0, CALLER_CHARACTERS);
}
