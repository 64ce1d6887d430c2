import { Validator } from '@seriousme/openapi-schema-validator';
import { Code, cancelled, StatusError, unavailable } from '@tensorfleet/core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Grant, grantToContext } from '../../../functions/src/authorizer/grant.ts';
import type { FakeVersion } from '../../fakes/fake-fleet.ts';
import { fp32, named, signature } from '../../support/tensors.ts';
import { errorOf, type GatewayUnderTest, gatewayUnderTest, picture, readerOf } from './gateway-under-test.ts';

interface MediaType {
  readonly schema?: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Operation {
  readonly summary: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, MediaType>> }>>;
}

interface Document {
  readonly security: readonly object[];
  readonly info: { readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly 'x-left-out-models'?: readonly unknown[];
}

/** Several inputs and outputs of every kind of JSON value, and a second signature. */
const mixed: FakeVersion = {
  signatures: new Map([
    [
      'serving_default',
      signature(
        { ids: ['INT64', [null]], small: ['UINT8', [null, 2]], text: ['STRING', [null]], on: ['BOOL', [null, 1]] },
        { scores: ['FP32', [null, 2]], name: ['STRING', [null]] },
      ),
    ],
    ['scalar', { ...signature({ x: ['FP32', []] }, { y: ['FP32', []] }), name: 'scalar' }],
  ]),
  run: (inputs) =>
    inputs.has('x')
      ? named({ y: fp32([], 1) })
      : new Map([
          ['scores', fp32([1, 2], 0.25, 0.75)],
          ['name', { dtype: 'STRING', shape: [1], data: [Uint8Array.of(0xff)] }],
        ]),
};

/** Its first input is looked up. */
const recommender: FakeVersion = {
  ...mixed,
  signatures: new Map([
    ['serving_default', signature({ age: ['FP32', [null, 1]], item: ['FP32', [null, 1]] }, { y: ['FP32', [null]] })],
  ]),
  pipeline: JSON.stringify({
    features: {
      entities: { user: { store: 'users', key: '{tenant}:{user_id}' } },
      inputs: { age: { dtype: 'FP32', features: [{ entity: 'user', field: 'age' }] } },
    },
  }),
};

describe('GET /openapi.json', () => {
  let gateway: GatewayUnderTest;

  beforeEach(() => {
    gateway = gatewayUnderTest();
    gateway.fleet.serve('mixed', 1, mixed).serve('team {a}/b?c', 1, readerOf(['x', 'y', 'z'], { batched: false }));
  });

  async function documentOf(response?: Response): Promise<Document> {
    return (await (response ?? (await gateway.app.request('/openapi.json'))).json()) as Document; // OpenAPI
  }

  it('is valid OpenAPI 3.1, by the specification`s own schema', async () => {
    const validator = new Validator();
    expect(await validator.validate({ ...(await documentOf()) })).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('describes every served model, whatever its name, and every route', async () => {
    const { paths } = await documentOf();
    expect(Object.keys(paths).toSorted()).toEqual([
      '/healthz',
      '/v1/models',
      '/v1/models/half_plus_two:predict',
      '/v1/models/mixed:predict',
      '/v1/models/reader:predict',
      '/v1/models/team%20%7Ba%7D%2Fb%3Fc:predict',
      '/v1/models/{model}',
      '/v1/models/{model}/labels/{label}:predict',
      '/v1/models/{model}/metadata',
      '/v1/models/{model}/versions/{version}:predict',
      '/v1/uploads',
    ]);
  });

  it('has examples that are valid by their schemas, that work, and whose answers are as described', async () => {
    const document = await documentOf();
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'openapi');
    const isValid = (pointer: readonly string[], value: unknown): boolean => {
      const path = pointer.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
      return ajv.validate({ $ref: `openapi#/${path}` }, value);
    };
    const tried: string[] = [];
    for (const [path, methods] of Object.entries(document.paths)) {
      const body = ['post', 'requestBody', 'content', 'application/json'];
      const { example, examples = {} } = methods['post']?.requestBody?.content['application/json'] ?? {};
      const values = Object.entries({ ...examples, ...(example !== undefined && { example: { value: example } }) });
      for (const [name, { value }] of values) {
        expect([name, isValid(['paths', path, ...body, 'schema'], value)]).toEqual([name, true]);
        const response = await gateway.post(path, JSON.stringify(value));
        const answer = ['post', 'responses', String(response.status), 'content', 'application/json', 'schema'];
        const json: unknown = await response.clone().json();
        expect([response.ok, isValid(['paths', path, ...answer], json), json]).toEqual([true, true, json]);
        tried.push(`${path} ${name}`);
      }
    }
    expect(tried.toSorted()).toEqual([
      '/v1/models/half_plus_two:predict columns',
      '/v1/models/half_plus_two:predict rows',
      '/v1/models/mixed:predict columns',
      '/v1/models/mixed:predict rows',
      '/v1/models/mixed:predict scalar columns',
      '/v1/models/reader:predict columns',
      '/v1/models/reader:predict rows',
      '/v1/models/team%20%7Ba%7D%2Fb%3Fc:predict columns',
      '/v1/models/team%20%7Ba%7D%2Fb%3Fc:predict rows',
      '/v1/uploads example',
    ]);
  });

  it.each([
    ['half_plus_two', '{"instances": [1, 2.5]}', true],
    ['half_plus_two', '{"instances": []}', false],
    ['half_plus_two', '{"instances": ["1"]}', false],
    ['half_plus_two', '{"instances": [[1]]}', false],
    ['half_plus_two', '{"url": "https://x"}', false],
    ['half_plus_two', '{"upload": "x"}', true],
    ['half_plus_two', '{"upload": "x", "url": "y"}', false],
    ['reader', '{"url": "https://x"}', true],
    ['reader', '{"image": {"b64": ""}}', true],
    ['reader', '{"instances": [[[0],[0]]]}', false],
    ['mixed', '{"instances": [{"ids": 1, "small": [0, 255], "text": {"b64": ""}, "on": [true]}]}', true],
    ['mixed', '{"instances": [{"ids": 1.5, "small": [0, 255], "text": "", "on": [true]}]}', false],
    ['mixed', '{"instances": [{"ids": 1, "small": [0, 256], "text": "", "on": [true]}]}', false],
    ['mixed', '{"instances": [{"ids": 1, "small": [0], "text": "", "on": [true]}]}', false],
    ['mixed', '{"instances": [{"ids": 1, "small": [0, 1], "text": ""}]}', false],
    ['mixed', '{"inputs": 1, "signature_name": "scalar"}', true],
    ['mixed', '{"inputs": 1}', false],
    ['shop', '{"entities": [{"tenant": "a", "user_id": 7}], "instances": [{"item": [1]}]}', true],
    ['shop', '{"entities": [{"user_id": 7}]}', false],
    ['shop', '{"entities": [{"tenant": [], "user_id": 7}]}', false],
    ['shop', '{"entities": []}', false],
  ])('says of %s and %s: %s', async (model, body, expected) => {
    gateway.fleet.serve('shop', 1, recommender);
    const document = await documentOf();
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'openapi');
    const path = `openapi#/paths/~1v1~1models~1${model}:predict/post/requestBody/content/application~1json/schema`;
    expect(ajv.validate({ $ref: path }, JSON.parse(body))).toBe(expected);
  });

  it('names pictures as bodies of the models that take them only', async () => {
    const { paths } = await documentOf();
    const typesOf = (model: string) =>
      Object.keys(paths[`/v1/models/${model}:predict`]?.['post']?.requestBody?.content ?? {});
    expect([typesOf('reader'), typesOf('half_plus_two')]).toEqual([
      ['application/json', 'image/jpeg', 'image/png', 'image/webp'],
      ['application/json'],
    ]);
  });

  it('shows a caller the models that its key may see, and how the key is sent', async () => {
    const grant: Grant = { keyId: 'k', scopes: [{ models: ['half_*'], actions: ['metadata'] }] };
    const context = { authorizerContext: grantToContext(grant) };
    const response = await gateway.app.request('/openapi.json', {}, context);
    const { paths, security } = await documentOf(response);
    expect(Object.keys(paths).filter((path) => /models\/[^{]*:predict/.test(path))).toEqual([
      '/v1/models/half_plus_two:predict',
    ]);
    expect([security, (await documentOf()).security]).toEqual([[{ apiKey: [] }, { bearer: [] }], []]);
    expect(response.headers.get('vary')).toBe('authorization, x-api-key');
  });

  it('shows no large example', async () => {
    const large = {
      ...mixed,
      signatures: new Map([['serving_default', signature({ x: ['FP32', [null, 299, 299, 3]] }, {})]]),
    };
    gateway.fleet.serve('mixed', 2, large);
    const { paths } = await documentOf();
    expect(paths['/v1/models/mixed:predict']?.['post']?.requestBody?.content['application/json']).not.toHaveProperty(
      'examples',
    );
  });

  it('describes uploads only where there are any', async () => {
    const { app } = gatewayUnderTest({}, { uploads: undefined });
    const document = await documentOf(await app.request('/openapi.json'));
    expect(JSON.stringify(document)).not.toContain('/v1/uploads"');
  });

  it('asks for the version that answers now, though another one answered last', async () => {
    await gateway.post('/v1/models/reader:predict', picture(), { 'content-type': 'image/png' });
    gateway.fleet.serve('reader', 2, readerOf(['x']));
    const { paths } = await documentOf();
    expect(paths['/v1/models/reader:predict']?.['post']?.summary).toContain('version 2');
  });

  describe('with models that do not answer', () => {
    it('leaves them out, and says so without their words', async () => {
      gateway.fleet.before = ({ method, spec }) => {
        if (method === 'metadata' && spec?.name === 'mixed') {
          throw unavailable('10.0.0.7 is down');
        }
      };
      const document = await documentOf();
      expect(document['x-left-out-models']).toEqual([{ model: 'mixed', code: 'UNAVAILABLE' }]);
      expect(document.info.description).toContain('1 served model is not described');
      expect(Object.keys(document.paths)).not.toContain('/v1/models/mixed:predict');
      expect(JSON.stringify(document)).not.toContain('10.0.0.7');
    });

    it('waits for all of them together no longer than five seconds', async () => {
      const waiting = Promise.withResolvers<void>();
      gateway.fleet.before = ({ method, spec }) => {
        if (method === 'metadata' && spec?.name !== 'mixed') {
          waiting.resolve();
          return new Promise(() => undefined);
        }
        return undefined;
      };
      const answer = gateway.app.request('/openapi.json');
      await waiting.promise;
      await new Promise(setImmediate); // the one that answers has done so
      gateway.clock.advance(5_000);
      const document = await documentOf(await answer);
      expect(document['x-left-out-models']).toHaveLength(3);
      expect(Object.keys(document.paths)).toContain('/v1/models/mixed:predict');
      expect(gateway.clock.armed).toBe(0);
    });

    it('answers 504 when the request has less time than they take', async () => {
      const waiting = Promise.withResolvers<void>();
      gateway.fleet.before = ({ method }) => {
        if (method === 'metadata') {
          waiting.resolve();
          return new Promise(() => undefined);
        }
        return undefined;
      };
      const answer = gateway.app.request('/openapi.json', { headers: { 'x-request-timeout-ms': '100' } });
      await waiting.promise;
      gateway.clock.advance(100);
      expect((await answer).status).toBe(504);
    });

    it('answers as the fleet does that lists no models', async () => {
      gateway.fleet.before = () => Promise.reject(new StatusError(Code.Unimplemented, 'no such method'));
      const response = await gateway.app.request('/openapi.json');
      expect([response.status, await errorOf(response)]).toEqual([501, 'no such method']);
    });
  });

  it('describes a hundred models, and counts the others', async () => {
    for (let index = 0; index < 110; index++) {
      gateway.fleet.serve(`m${index}`, 1, mixed);
    }
    const { paths, info } = await documentOf();
    expect(Object.keys(paths).filter((path) => /models\/[^{]*:predict/.test(path))).toHaveLength(100);
    expect(info.description).toContain('14 served models are not described');
    expect(gateway.fleet.calls.filter(({ method }) => method === 'metadata')).toHaveLength(100);
  });

  it('answers 304 to who has it, and with a new tag after a change', async () => {
    const ask = (tag: string): Promise<Response> =>
      Promise.resolve(gateway.app.request('/openapi.json', { headers: { 'if-none-match': tag } }));
    const first = await gateway.app.request('/openapi.json');
    const etag = first.headers.get('etag') ?? '';
    expect([etag, first.headers.get('cache-control')]).toEqual([
      expect.stringMatching(/^"[A-Za-z0-9_-]{27}"$/),
      'private, max-age=60',
    ]);
    const answers = [await ask(etag), await ask(`"x", W/${etag}`), await ask('"x"')];
    expect(answers.map(({ status }) => status)).toEqual([304, 304, 200]);
    expect(await answers[0]?.text()).toBe('');
    gateway.fleet.unload('half_plus_two', 1);
    gateway.fleet.serve('mixed', 2, mixed);
    expect((await ask(etag)).status).toBe(200);
  });

  it('leaves nothing behind when the client goes away', async () => {
    const abort = new AbortController();
    const waiting = Promise.withResolvers<void>();
    gateway.fleet.before = ({ method }) => {
      if (method === 'metadata') {
        waiting.resolve();
        return new Promise(() => undefined);
      }
      return undefined;
    };
    const answer = gateway.app.request('/openapi.json', { signal: abort.signal });
    await waiting.promise;
    abort.abort(cancelled('gone'));
    expect([(await answer).status, gateway.clock.armed]).toEqual([499, 0]);
  });
});
