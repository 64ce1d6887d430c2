import { beforeEach, describe, expect, it } from 'vitest';
import { errorOf, type GatewayUnderTest, gatewayUnderTest, picture, readerOf } from './gateway-under-test.ts';

const PREDICT = '/v1/models/half_plus_two:predict';
const PREDICT_PICTURE = '/v1/models/reader:predict';
const PNG = { 'content-type': 'image/png' };

const PREDICTION = {
  label: 'b',
  score: 0.5,
  top: [
    { label: 'b', score: 0.5 },
    { label: 'a', score: 0.25 },
  ],
};

describe('gateway predict', () => {
  let gateway: GatewayUnderTest;

  beforeEach(() => {
    gateway = gatewayUnderTest();
  });

  describe('predict with tensors', () => {
    it.each([
      ['{"instances": [1, 2, 5]}', { predictions: [2.5, 3, 4.5] }],
      ['{"inputs": [1, 2, 5]}', { outputs: [2.5, 3, 4.5] }],
      ['{"instances": [{"x": 1}], "signature_name": "serving_default"}', { predictions: [2.5] }],
    ])('answers %s in the same format', async (body, expected) => {
      const response = await gateway.post(PREDICT, body);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(response.headers.get('x-model-version')).toBe('1');
      expect(await response.json()).toEqual(expected);
    });

    it.each([
      ['', 400, 'The document is empty'],
      ['{"instances": [1]', 400, 'JSON Parse error'],
      ['{}', 400, "Missing 'inputs' or 'instances' key"],
      ['{"instances": ["a"]}', 400, 'is not of expected type: float'],
      ['{"instances": [[1]]}', 400, 'shape [1,1]'],
      ['{"instances": [1], "signature_name": "other"}', 400, '"other" not found in signature def'],
    ])('answers %s with %i', async (body, status, words) => {
      const response = await gateway.post(PREDICT, body);
      expect([response.status, await errorOf(response)]).toEqual([status, expect.stringContaining(words)]);
    });
  });

  describe('predict with a picture', () => {
    it.each([
      ['a PNG body', () => gateway.post(PREDICT_PICTURE, picture(), PNG)],
      ['a JPEG body that says it is a PNG', () => gateway.post(PREDICT_PICTURE, picture('7-1-large.jpg'), PNG)],
      ['base64', () => gateway.post(PREDICT_PICTURE, JSON.stringify({ image: { b64: picture().toString('base64') } }))],
      ['a URL', () => gateway.post(PREDICT_PICTURE, '{"url": "https://pictures.example/7.png"}')],
    ])('answers %s with labels and scores', async (_, post) => {
      gateway.internet.set('https://pictures.example/7.png', picture());
      const response = await post();
      expect(await response.json()).toEqual({ model: 'reader', version: 1, predictions: [PREDICTION] });
      expect([response.status, response.headers.get('x-model-version')]).toEqual([200, '1']);
    });

    it.each([
      [true, { predictions: [[0.25, 0.5, 0.125]] }],
      [false, { outputs: [[0.25, 0.5, 0.125]] }],
    ])('answers in TensorFlow Serving`s format where there are no labels (batched: %s)', async (batched, expected) => {
      gateway.fleet.serve('reader', 2, readerOf([], { batched }));
      expect(await (await gateway.post(PREDICT_PICTURE, picture(), PNG)).json()).toEqual(expected);
    });

    it('answers with the labels of the version that answered', async () => {
      await gateway.post(PREDICT_PICTURE, picture(), PNG);
      gateway.fleet.serve('reader', 2, readerOf(['x', 'y', 'z']));
      const response = await gateway.post(PREDICT_PICTURE, picture(), PNG);
      expect(await response.json()).toMatchObject({ version: 2, predictions: [{ label: 'y' }] });
    });

    it('refuses pictures for a model without an image pipeline, naming model and version', async () => {
      const response = await gateway.post(PREDICT, picture(), PNG);
      expect([response.status, await errorOf(response)]).toEqual([
        400,
        expect.stringContaining('model "half_plus_two" version 1 takes no pictures'),
      ]);
    });

    it('serves tensors, and refuses pictures, where the pipeline cannot be read', async () => {
      const version = { ...readerOf(['a']), pipeline: '{"preprocess": {"image": {"width": -1}}}' };
      gateway.fleet.serve('reader', 2, version);
      const tensors = await gateway.post(PREDICT_PICTURE, '{"instances": [[[[0],[0]],[[0],[0]]]]}');
      const refused = await gateway.post(PREDICT_PICTURE, picture(), PNG);
      expect([tensors.status, refused.status, await errorOf(refused)]).toEqual([
        200,
        400,
        expect.stringContaining('version 2 has a pipeline that cannot be read: preprocess.image.width is -1'),
      ]);
    });

    it.each([
      ['an empty body', '', 400, 'empty'],
      ['what is no picture', '<html></html>', 400, 'an HTML page'],
      ['a picture that is cut off', picture().subarray(0, 100), 400, 'not a readable PNG'],
    ])('refuses %s', async (_, body, status, words) => {
      const response = await gateway.post(PREDICT_PICTURE, body, PNG);
      expect([response.status, await errorOf(response)]).toEqual([status, expect.stringContaining(words)]);
    });

    it.each([
      ['pixels', { maxImagePixels: 783 }],
      ['bytes', { maxImageBytes: 100 }],
    ])('answers 413 to a picture of too many %s', async (words, limits) => {
      gateway = gatewayUnderTest(limits);
      const response = await gateway.post(PREDICT_PICTURE, picture(), PNG);
      expect([response.status, await errorOf(response)]).toEqual([413, expect.stringContaining(words)]);
    });

    it('fetches nothing for a model that does not exist', async () => {
      const response = await gateway.post('/v1/models/nobody:predict', '{"url": "https://pictures.example/7.png"}');
      expect(response.status).toBe(404);
    });
  });
});
