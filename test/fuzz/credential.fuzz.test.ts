import { assert, asyncProperty, constantFrom, dictionary, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createApiKey, formatApiKey, parseApiKey } from '../../functions/src/authorizer/api-key.ts';
import { createApiKeyAuthorizer } from '../../functions/src/authorizer/api-key-authorizer.ts';
import { readCredential } from '../../functions/src/authorizer/credential.ts';
import { grantFromClaims, grantFromContext } from '../../functions/src/authorizer/grant.ts';
import { createKeyIndex } from '../../functions/src/authorizer/key-index.ts';
import { recordOf } from '../functions/authorizer/key-records.ts';

const KEY = createApiKey();
const TEXT = formatApiKey(KEY);
const RUNS = { numRuns: 3_000 };

const anyText = string({ unit: 'binary', maxLength: 300 });
/** Pieces of what is good, in between what is not. */
const header = oneof(
  anyText,
  constantFrom(
    TEXT,
    `Bearer ${TEXT}`,
    'Bearer ',
    '',
    `${TEXT},${TEXT}`,
    ` ${TEXT}`,
    `${TEXT}\u0000`,
    TEXT.toUpperCase(),
  ),
  anyText.map((text) => TEXT + text),
  anyText.map((text) => `bearer ${text}${TEXT}`),
);

describe('headers of whatever kind', () => {
  it('are read as a credential without a space, a comma or a control character, or as none', async () => {
    await assert(
      property(header, header, (key, authorization) => {
        const credential = readCredential((name) => (name === 'x-api-key' ? key : authorization));
        if (credential.kind === 'found') {
          expect(credential.token).toMatch(/^[\x21-\x2b\x2d-\x7e]+$/);
          expect(key === '' || authorization === '').toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('get a grant with the very key only', async () => {
    const index = createKeyIndex([recordOf([KEY])]);
    const authorizer = createApiKeyAuthorizer({ keys: async () => index, now: () => 0 });
    await assert(
      asyncProperty(header, async (value) => {
        const { kind } = await authorizer.authorize((name) => (name === 'x-api-key' ? value : undefined));
        expect(kind).toBe(value === TEXT ? 'granted' : 'refused');
      }),
      RUNS,
    );
  });

  it('are a key exactly when writing it again gives the same text', async () => {
    await assert(
      property(header, (text) => {
        const key = parseApiKey(text);
        expect(key === undefined || formatApiKey(key) === text).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('contexts of whatever kind', () => {
  it('make a grant with an id and scopes, or none', async () => {
    const names = constantFrom('tensorfleetGrant', 'sub', 'scope', 'keyId', '__proto__', 'x');
    const values = oneof(anyText, constantFrom('predict:*', '{"keyId":"k","scopes":[]}', '[read:a predict:b]'));
    await assert(
      property(dictionary(names, values, { noNullPrototype: false }), (context) => {
        for (const grant of [grantFromContext(context, 'scope'), grantFromClaims(context, 'scope')]) {
          expect(grant === undefined || (grant.keyId.length > 0 && Array.isArray(grant.scopes))).toBe(true);
        }
      }),
      RUNS,
    );
  });
});
