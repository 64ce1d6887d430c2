import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { readPredictRequest } from '../../../../functions/src/gateway/predict/predict-request.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('readPredictRequest', () => {
  it.each(['image/png', 'IMAGE/JPEG', 'image/*', ' image/webp; q=1'])(
    'takes a body of type %j as a picture',
    (type) => {
      expect(readPredictRequest(bytes('{}'), type)).toEqual({
        kind: 'picture',
        bytes: bytes('{}'),
        signatureName: 'serving_default',
      });
    },
  );

  it.each([
    ['{"image": {"b64": "AQID"}}', [1, 2, 3]],
    ['{"image": {"b64": "AQI="}}', [1, 2]],
    ['{"image": {"b64": "AQI"}}', [1, 2]],
    ['{"image": {"b64": "AQ\\nID"}}', [1, 2, 3]],
    ['{"image": {"b64": ""}}', []],
    ['\ufeff{"image": {"b64": "AQID"}}', [1, 2, 3]],
  ])('decodes %j', (body, expected) => {
    const request = readPredictRequest(bytes(body), 'application/json');
    expect(request.kind === 'picture' && [...request.bytes]).toEqual(expected);
  });

  it('reads the address of a picture, and the signature it is for', () => {
    const body = bytes('{"url": "https://pictures.example/7.png", "signature_name": "digits"}');
    expect(readPredictRequest(body, '')).toEqual({
      kind: 'picture-url',
      url: 'https://pictures.example/7.png',
      signatureName: 'digits',
    });
  });

  it.each([
    '{"instances": [1]}',
    '{"inputs": {"url": ["x"]}}',
    '{"instances": [{"b64": "AQID"}]}',
    '{"url": "x", "instances": [1]}',
    '{"something": 1}',
    '{}',
  ])('leaves %s to TensorFlow Serving`s rules', (body) => {
    expect(readPredictRequest(bytes(body), 'application/json').kind).toBe('tensors');
  });

  it.each([
    ['{"url": 5}', 'url: '],
    ['{"url": "x", "extra": 1}', 'extra'],
    ['{"url": "x", "image": {"b64": ""}}', 'image'],
    ['{"image": "AQID"}', 'image: '],
    ['{"image": {}}', 'image.b64: '],
    ['{"image": {"b64": "AQID", "x": 1}}', 'image: '],
    ['{"image": {"b64": "a_-b"}}', 'base64'],
    ['{"image": {"b64": "A=QID"}}', 'base64'],
    ['{"url": NaN}', 'JSON'],
    ['{"url": "x", "signature_name": 1}', 'signature_name'],
    ['{"url": ', 'JSON Parse error'],
    ['', 'empty'],
    ['[1]', 'Is not object'],
  ])('refuses %s', (body, problem) => {
    expect(() => readPredictRequest(bytes(body), 'application/json')).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(problem) }),
    );
  });
});
