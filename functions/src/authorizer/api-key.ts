import { createHash, randomBytes } from 'node:crypto';

/** What a caller sends: `tf_<id>_<secret>`. The id is public and names the key's record; the secret never is stored. */
export interface ApiKey {
  readonly id: string;
  readonly secret: string;
}

const ID_BYTES = 6;
/** 256 bits: nobody guesses one, so nothing but its hash has to be kept from whoever reads the store. */
const SECRET_BYTES = 32;

/** Fixed length and one case: a key that was cut off when it was copied is told from a wrong one, and never looked up. */
const API_KEY = /^tf_([0-9a-f]{12})_([0-9a-f]{64})$/;

const KEY_ID = /^[0-9a-f]{12}$/;

/** Whether a text can be the id of a key. */
export function isKeyId(text: string): boolean {
  return KEY_ID.test(text);
}

export function parseApiKey(text: string): ApiKey | undefined {
  const [, id, secret] = API_KEY.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

export function formatApiKey({ id, secret }: ApiKey): string {
  return `tf_${id}_${secret}`;
}

/** A new key, or a new secret for the key `id`. */
export function createApiKey(
  random: (bytes: number) => Buffer = randomBytes,
  id: string = random(ID_BYTES).toString('hex'),
): ApiKey {
  return { id, secret: random(SECRET_BYTES).toString('hex') };
}

/**
 * SHA-256 of the whole key, 32 bytes: the hash of one key is worth nothing under another id. A slow hash (bcrypt, scrypt)
 * protects what people choose and others guess; over 256 random bits it would only cost every request its time, and give
 * whoever sends wrong keys a lever.
 */
export function digestOfKey(key: ApiKey): Buffer {
  return createHash('sha256').update(formatApiKey(key)).digest();
}
