import { parsePredictBody, predictInputsFromJson } from '@tensorfleet/codecs';
import { version } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signature } from '../../../support/tensors.ts';
import { type Answer, type RestUnderTest, restUnderTest } from './rest-under-test.ts';

let rest: RestUnderTest;

beforeAll(async () => {
  rest = await restUnderTest();
});
afterAll(() => rest[Symbol.asyncDispose]());

const HALF = '/v1/models/half_plus_two';

function predict(path: string, body: unknown): Promise<Answer> {
  return rest.ask('POST', path, typeof body === 'string' ? body : JSON.stringify(body));
}

function errorOf({ text, headers }: Answer): string {
  expect(headers['content-type']).toBe('application/json');
  const answer: unknown = JSON.parse(text);
  expect(answer).toEqual({ error: expect.any(String) });
  return (answer as { error: string }).error;
}

describe('REST paths', () => {
  it.each([
    ['GET', '/v1/foo'],
    ['POST', '/v1/foo'],
    ['GET', '/v1/models/debug/model_name'],
    ['POST', '/v1/models'],
    ['POST', '/v1/models/m'],
    ['GET', '/v1/models/m:predict'],
    ['POST', '/v1/models/m:predict/'],
    ['POST', '/v1/models/m:PREDICT'],
    ['GET', '/v1/models/m/METADATA'],
    ['POST', '/v1/models/m/metadata'],
    ['POST', '/v1/models/m/version/50:predict'],
    ['POST', '/v1/models/m/versions/HELLO:predict'],
    ['POST', '/v1/models/m/versions/+1:predict'],
    ['POST', '/v1/models/m/versions/1e3:predict'],
    ['POST', '/v1/models/m/label/x:predict'],
    ['POST', '/v1/models/m/versions/1/labels/x:predict'],
    ['POST', '/v1/models/m/ready'],
    ['PUT', '/v1/models/m:predict'],
    ['DELETE', '/v1/models/m'],
    ['PATCH', '/v1/models/m'],
  ])('%s %s is malformed, whatever else it is', async (method, path) => {
    const answer = await rest.ask(method, `${path}?query=ignored`, '{}');
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toBe(`Malformed request: ${method} ${path}`);
  });

  it.each(['/statuspage', '/index', '/', '/v1', '/v2', '/v2/models/m/infer', '/v1models', '//v1/models/m'])(
    'GET %s is not found, in JSON',
    async (path) => {
      const answer = await rest.ask('GET', path);
      expect(answer.status).toBe(404);
      expect(errorOf(answer)).toBe(`no such path: GET ${path}`);
    },
  );

  it.each(['/healthz', '/readyz', '/v2/health/live', '/v2/models/echo/ready'])(
    'POST %s is not allowed',
    async (path) => {
      const answer = await rest.ask('POST', path, '{}');
      expect(answer.status).toBe(405);
      expect(answer.headers['allow']).toBe('GET, HEAD');
      expect(errorOf(answer)).toBe(`${path} has no POST`);
    },
  );

  it.each(['18446744073709551615', '9223372036854775808', '99999999999999999999999999'])(
    'refuses version %s, which is no number of a version, with a body that says so',
    async (number) => {
      for (const [method, path] of [
        ['POST', `${HALF}/versions/${number}:predict`],
        ['GET', `${HALF}/versions/${number}`],
      ] as const) {
        const answer = await rest.ask(method, path, '{"instances":[1]}');
        expect(answer.status).toBe(400);
        expect(errorOf(answer)).toBe(`Failed to convert version: ${number} to numeric.`);
      }
    },
  );

  it.each([
    `/V1/Models/half_plus_two:predict`,
    '/v1/models/%68alf%5Fplus_two:predict',
    `${HALF}:predict?x=1#y`,
    `${HALF}/versions/0123:predict`,
  ])('understands %s', async (path) => {
    expect((await predict(path, { instances: [2] })).status).toBe(200);
  });

  it('decodes names after it has matched them: an escaped slash belongs to the name, a plus stays one', async () => {
    const answer = await predict('/v1/models/a%2Fb+c%3Ad:predict', { instances: [1] });
    expect(answer.status).toBe(404);
    expect(errorOf(answer)).toBe('Servable not found for request: Latest(a/b+c:d)');
  });

  it('answers HEAD as GET, without a body', async () => {
    for (const path of [
      HALF,
      `${HALF}/metadata`,
      '/v1/models',
      '/healthz',
      '/v2/models/broken/ready',
      '/v1/models/nope',
    ]) {
      const [head, get] = [await rest.ask('HEAD', path), await rest.ask('GET', path)];
      expect(head.status).toBe(get.status);
      expect(head.headers['content-length']).toBe(String(get.body.length));
      expect(head.body).toHaveLength(0);
    }
  });
});

describe('REST predict', () => {
  it.each([
    [
      'rows',
      HALF,
      {
        instances: [
          [1, 2],
          [3, 4],
        ],
      },
      {
        predictions: [
          [2.5, 3],
          [3.5, 4],
        ],
      },
    ],
    [
      'columns',
      HALF,
      {
        inputs: [
          [1, 2],
          [3, 4],
        ],
      },
      {
        outputs: [
          [2.5, 3],
          [3.5, 4],
        ],
      },
    ],
    ['a scalar', HALF, { inputs: 2 }, { outputs: 3 }],
    ['named rows', HALF, { instances: [{ x: 2 }] }, { predictions: [3] }],
    ['a version', `${HALF}/versions/2`, { instances: [2] }, { predictions: [3] }],
    ['a signature', '/v1/models/echo', { signature_name: 'INT32', instances: [7] }, { predictions: [7] }],
    ['the default signature under an empty name', HALF, { signature_name: '', inputs: [] }, { outputs: [] }],
    ['several outputs', '/v1/models/pair', { instances: [{ a: 1, __proto__x: 2 }] }, { predictions: [{ a: 1, b: 2 }] }],
    ['keys that mean nothing', HALF, { foo: [], instances: [2] }, { predictions: [3] }],
  ])('answers %s', async (_, path, body, expected) => {
    const answer = await predict(`${path}:predict`, body);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual(expected);
  });

  it('says which version failed, and none where none was asked', async () => {
    const wrong = await predict(`${HALF}/versions/2:predict`, { instances: ['x'] });
    expect([wrong.status, wrong.headers['x-model-version']]).toEqual([400, '2']);
    const missing = await predict(`${HALF}/versions/9:predict`, { instances: [1] });
    expect([missing.status, missing.headers['x-model-version']]).toEqual([404, undefined]);
  });

  it('gives equal routing keys the same version of those that share a label', async () => {
    await using one = await restUnderTest();
    const weights = new Map([
      [version(2), 1],
      [version(123), 1],
    ]);
    one.core.labels.publish('half_plus_two', new Map([['canary', weights]]));
    const ask = async (key: string) => {
      const body = '{"instances": [1]}';
      const answer = await one.ask('POST', `${HALF}/labels/canary:predict`, body, { 'x-routing-key': key });
      return answer.headers['x-model-version'];
    };
    const keys = Array.from({ length: 20 }, (_, i) => `user-${i}`);
    const first = await Promise.all(keys.map(ask));
    expect(new Set(first)).toEqual(new Set(['2', '123']));
    expect(await Promise.all(keys.map(ask))).toEqual(first);
    expect((await one.ask('POST', `${HALF}:predict`, '{}', { 'x-routing-key': 'k'.repeat(257) })).status).toBe(400);
  });

  it('says which version answered', async () => {
    expect((await predict(`${HALF}:predict`, { instances: [1] })).headers['x-model-version']).toBe('123');
    expect((await predict(`${HALF}/versions/2:predict`, { instances: [1] })).headers['x-model-version']).toBe('2');
  });

  it('answers with the white space of TensorFlow Serving', async () => {
    expect((await predict(`${HALF}:predict`, { instances: [1, 2, 5] })).text).toBe(
      '{\n    "predictions": [2.5, 3.0, 4.5\n    ]\n}',
    );
  });

  it('has the type of JSON, whatever type the request claims', async () => {
    const headers = { 'content-type': 'image/png' };
    const answer = await rest.ask('POST', `${HALF}:predict`, '\uFEFF{"instances":[2]}X', headers);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
  });

  it.each([
    [`/v1/models/nope:predict`, 404, 'Servable not found for request: Latest(nope)'],
    [`${HALF}/versions/99:predict`, 404, 'Servable not found for request: Specific(half_plus_two, 99)'],
    [`${HALF}/versions/1:predict`, 404, 'Servable not found for request: Specific(half_plus_two, 1)'],
    [`${HALF}/labels/nope:predict`, 400, 'Unrecognized servable version label: nope'],
    ['/v1/models/broken:predict', 404, 'Servable not found for request: Latest(broken)'],
  ])('refuses %s with %i', async (path, status, message) => {
    const answer = await predict(path, { instances: [1] });
    expect(answer.status).toBe(status);
    expect(errorOf(answer)).toBe(message);
  });

  it.each([
    ['nothing', '', 'JSON Parse error: The document is empty'],
    ['broken JSON', '{"instances": [1,}', 'JSON Parse error: Invalid value. at offset: 17'],
    ['no object', '[1]', 'JSON Value: [1] Is not object'],
    ['neither key', '{"x": 1}', "Missing 'inputs' or 'instances' key"],
    [
      'a signature that is no text',
      '{"signature_name": 100, "instances": [1]}',
      'JSON Value: {\n    "signature_name": 100,\n    "instances": [1]\n} not formatted correctly. \'signature_name\' key must be a string value.',
    ],
    [
      'an unknown signature',
      '{"signature_name": "nope", "instances": [1]}',
      'Serving signature name: "nope" not found in signature def',
    ],
    [
      'text for floats',
      '{"instances": ["a"]}',
      'Failed to process element: 0 of \'instances\' list. Error: INVALID_ARGUMENT: JSON Value: "a" Type: String is not of expected type: float',
    ],
  ])('refuses %s', async (_, body, message) => {
    const answer = await predict(`${HALF}:predict`, body);
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toBe(message);
  });

  it('finds a broken body before it looks for the model', async () => {
    expect(errorOf(await predict('/v1/models/nope:predict', '{'))).toContain('JSON Parse error');
  });

  it.each([
    ['FP16', 'half'],
    ['BF16', 'bfloat16'],
    ['UINT16', 'uint16'],
  ])('refuses inputs of %s as TensorFlow Serving does', async (dtype, name) => {
    const answer = await predict('/v1/models/echo:predict', { signature_name: dtype, instances: [1] });
    expect(answer.status).toBe(501);
    expect(errorOf(answer)).toBe(`Conversion of JSON Value: [1] to type: ${name}`);
  });

  it('tells what is wrong in any dtype before it refuses the dtype', async () => {
    const answer = await predict('/v1/models/echo:predict', { signature_name: 'FP16', instances: [[1], [2, 3]] });
    expect(answer.status).toBe(400);
  });

  it.each([
    ['FP16', '[0.5, 65504.0, -2.5]'],
    ['BF16', '[1.0, -2.0, 3.14062]'],
    ['UINT16', '[0, 65535]'],
    ['INT64', '[9007199254740993, -9223372036854775808]'],
    ['UINT64', '[18446744073709551615]'],
    ['FP64', '[0.1, 5e-324, 1e300]'],
    ['BOOL', '[true, false]'],
    ['STRING', '["a", "é"]'],
  ])('takes %s exactly, where every dtype is allowed', async (dtype, values) => {
    await using lenient = await restUnderTest({ allDTypes: true });
    const { status, body, text } = await lenient.ask(
      'POST',
      '/v1/models/echo:predict',
      `{"signature_name":"${dtype}","inputs":${values}}`,
    );
    expect(status, text).toBe(200);
    const type = dtype as 'FP16';
    const read = (bytes: Uint8Array) =>
      predictInputsFromJson(parsePredictBody(bytes), signature({ x: [type, null] }, {})).inputs;
    expect(read(Buffer.from(body.toString().replace('outputs', 'inputs')))).toEqual(
      read(Buffer.from(`{"inputs":${values}}`)),
    );
  });

  it.each([
    ['literal', 'NaN, Infinity, -Infinity'],
    ['null', 'null, null, null'],
    ['string', '"NaN", "Infinity", "-Infinity"'],
  ] as const)('writes what is not finite as the operator wants: %s', async (nonFiniteNumbers, values) => {
    await using one = await restUnderTest({ nonFiniteNumbers });
    const answer = await one.ask(
      'POST',
      '/v1/models/echo:predict',
      '{"signature_name":"FP32","instances":[NaN,Inf,-Infinity]}',
    );
    expect(answer.text).toBe(`{\n    "predictions": [${values}\n    ]\n}`);
  });

  it('counts every request once, under its model and no foreign name', async () => {
    await using one = await restUnderTest();
    await one.ask('POST', `${HALF}:predict`, '{"instances":[1]}');
    await one.ask('POST', '/v1/models/nope:predict', '{"instances":[1]}');
    expect(one.requests).toMatchObject([
      { model: 'half_plus_two', version: 123, api: 'Predict', entrypoint: 'REST', code: 0 },
      { model: '', api: 'Predict', entrypoint: 'REST', code: 5 },
    ]);
  });
});

describe('REST classify and regress', () => {
  it.each([
    ['a value per example', 'regress', [{ x: 80 }, { x: 20 }], { results: [42, 12] }],
    ['classes per example', 'classify', [{ x: 20 }, { x: 10 }], { results: [[['', 12]], [['', 7]]] }],
  ])('answers %s', async (_, verb, examples, expected) => {
    const body = JSON.stringify({ signature_name: `${verb}_x_to_y`, examples }).replaceAll(/(\d)}/g, '$1.0}');
    for (const path of [HALF, `${HALF}/versions/2`]) {
      const answer = await predict(`${path}:${verb}`, body);
      expect(answer.status, answer.text).toBe(200);
      expect(JSON.parse(answer.text)).toEqual(expected);
      expect(answer.headers['x-model-version']).toBe(path === HALF ? '123' : '2');
    }
  });
});

describe('REST status and metadata', () => {
  it.each([
    ['all versions, the highest first', HALF, ['123 AVAILABLE', '2 AVAILABLE', '1 END']],
    ['one version', `${HALF}/versions/2`, ['2 AVAILABLE']],
  ])('tells the states of %s', async (_, path, states) => {
    const answer = await rest.ask('GET', path);
    expect(answer.status).toBe(200);
    const { model_version_status: versions } = JSON.parse(answer.text);
    expect(versions.map((one: { version: string; state: string }) => `${one.version} ${one.state}`)).toEqual(states);
  });

  it('tells the state of the version that a label names, and of no label that nobody has set', async () => {
    await using one = await restUnderTest();
    one.core.labels.configure(new Map([['half_plus_two', new Map([['stable', version(2)]])]]));
    const stable = await one.ask('GET', `${HALF}/labels/stable`);
    expect(JSON.parse(stable.text).model_version_status).toMatchObject([{ version: '2', state: 'AVAILABLE' }]);
    const other = await one.ask('GET', `${HALF}/labels/other`);
    expect([other.status, JSON.parse(other.text)]).toEqual([
      400,
      { error: 'Unrecognized servable version label: other' },
    ]);
  });

  it('shows why a version failed, with status 200', async () => {
    const answer = await rest.ask('GET', '/v1/models/broken/versions/1');
    expect(answer.text).toBe(`{
 "model_version_status": [
  {
   "version": "1",
   "state": "END",
   "status": {
    "error_code": "UNAVAILABLE",
    "error_message": "the file \\"model.onnx\\" is cut off"
   }
  }
 ]
}
`);
  });

  it.each([
    ['/v1/models/nope', 'Could not find any versions of model nope'],
    [`${HALF}/versions/9`, 'Could not find version 9 of model half_plus_two'],
    ['/v1/models/nope/metadata', 'Servable not found for request: Latest(nope)'],
  ])('GET %s is not found', async (path, message) => {
    const answer = await rest.ask('GET', path);
    expect(answer.status).toBe(404);
    expect(errorOf(answer)).toBe(message);
  });

  it('describes the signatures of the version that is asked for', async () => {
    const answer = JSON.parse((await rest.ask('GET', `${HALF}/versions/2/metadata`)).text);
    expect(answer.model_spec).toEqual({ name: 'half_plus_two', signature_name: '', version: '2' });
    expect(Object.keys(answer.metadata.signature_def.signature_def)).toEqual([
      'classify_x_to_y',
      'regress_x_to_y',
      'serving_default',
    ]);
  });

  it('lists every model with its versions and what runs them', async () => {
    const { models } = JSON.parse((await rest.ask('GET', '/v1/models?x')).text);
    expect(models.map(({ name }: { name: string }) => name)).toEqual(['broken', 'echo', 'half_plus_two', 'pair']);
    expect(models[1].versions).toEqual([
      { version: 1, state: 'AVAILABLE', errorCode: 0, errorMessage: '', engine: { engine: 'onnx', reason: 'test' } },
    ]);
  });
});

describe('REST health', () => {
  it.each([
    ['/healthz', 200, { status: 'alive' }],
    ['/v2/health/live', 200, { live: true }],
    ['/readyz', 503, { ready: false, draining: false, waitingFor: ['broken'] }],
    ['/v2/health/ready', 503, { ready: false, draining: false, waitingFor: ['broken'] }],
    ['/v2/models/echo/ready', 200, { name: 'echo', ready: true }],
    ['/v1/models/echo/ready', 200, { name: 'echo', ready: true }],
    ['/v2/models/half_plus_two/versions/2/ready', 200, { name: 'half_plus_two', ready: true }],
    ['/v2/models/half_plus_two/versions/1/ready', 503, { name: 'half_plus_two', ready: false }],
    ['/v2/models/broken/ready', 503, { name: 'broken', ready: false }],
    ['/v2/models/broken/versions/2/ready', 503, { name: 'broken', ready: false }],
    ['/v2/models/nope/ready', 404, { error: 'no model "nope" is configured' }],
    ['/v2/models/echo/versions/9/ready', 404, { error: 'Could not find version 9 of model echo' }],
  ])('GET %s is %i', async (path, status, body) => {
    const answer = await rest.ask('GET', path);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual(body);
  });

  it('is not ready any more while the server drains, and still alive', async () => {
    await using draining = await restUnderTest();
    draining.core.drain();
    expect((await draining.ask('GET', '/v2/models/echo/ready')).status).toBe(503);
    expect((await draining.ask('GET', '/v2/health/ready')).status).toBe(503);
    expect((await draining.ask('GET', '/healthz')).status).toBe(200);
    expect((await draining.ask('POST', `${HALF}:predict`, '{"instances":[1]}')).status).toBe(200);
  });

  it.each(['GET', 'POST', 'PUT'])('gives metrics to %s', async (method) => {
    const answer = await rest.ask(method, '/monitoring/prometheus/metrics');
    expect(answer).toMatchObject({ status: 200, text: 'metrics' });
    expect(answer.headers['content-type']).toBe('text/plain');
  });
});

describe('REST across origins', () => {
  const ORIGIN = 'https://app.example';

  it('answers a preflight without headers while other origins are not allowed', async () => {
    const answer = await rest.ask('OPTIONS', `${HALF}:predict`, '', { origin: ORIGIN });
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('refuses OPTIONS that no web page can have sent', async () => {
    const answer = await rest.ask('OPTIONS', `${HALF}:predict`);
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toContain('Origin');
  });

  it('answers a preflight and the request after it to an allowed origin', async () => {
    await using open = await restUnderTest({}, { corsOrigins: [ORIGIN] });
    for (const method of ['OPTIONS', 'POST']) {
      const answer = await open.ask(method, `${HALF}:predict`, '{"instances":[1]}', { origin: ORIGIN });
      expect(answer.status).toBe(200);
      expect(answer.headers['access-control-allow-origin']).toBe(ORIGIN);
      expect(answer.headers['access-control-allow-methods']).toBe('POST, GET');
      expect(answer.headers['vary']).toBe('Origin');
    }
  });
});
