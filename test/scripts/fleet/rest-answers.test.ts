import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  errorFromJson,
  labelsFromJson,
  onlyInputFromJson,
  versionsFromModels,
  versionsFromStatus,
} from '../../../scripts/src/fleet/rest-answers.ts';

describe('labelsFromJson', () => {
  it('reads labels, scores and the best of each picture', () => {
    const text = '{"predictions": [{"label": "7", "score": 0.9, "top": [{"label": "7", "score": 0.9}]}]}';
    expect(labelsFromJson(text)).toEqual([{ label: '7', score: 0.9, top: [{ label: '7', score: 0.9 }] }]);
  });

  it('reads a score that JSON could not hold as NaN', () => {
    expect(labelsFromJson('{"predictions": [{"label": "7", "score": null, "top": []}]}')?.[0]?.score).toBeNaN();
  });

  it.each([
    '{"predictions": [[0.1, 0.9]]}',
    '{"predictions": []}',
    '{"outputs": 1}',
    'null',
    'no JSON',
    '{"predictions": [{"label": 7, "score": 1}]}',
  ])('finds none in %s', (text) => {
    expect(labelsFromJson(text)).toBeUndefined();
  });
});

describe('versionsFromModels', () => {
  it('reads the list of a model server and that of a gateway as the same', () => {
    const server =
      '{"models": [{"name": "m", "versions": [{"version": 2, "state": "END", "errorCode": 9, "errorMessage": "bad"}]}]}';
    const gateway =
      '{"models": [{"name": "m", "versions": [{"version": "2", "state": "UNAVAILABLE", "reason": "bad"}]}]}';
    expect(versionsFromModels(server)).toEqual([{ model: 'm', version: '2', state: 'END', error: 'bad' }]);
    expect(versionsFromModels(gateway)).toEqual(versionsFromModels(server));
  });

  it('reads what labels make of a version', () => {
    const text = '{"models": [{"name": "m", "versions": [{"version": 2, "state": "END", "labels": ["canary 5%"]}]}]}';
    expect(versionsFromModels(text)).toMatchObject([{ version: '2', labels: ['canary 5%'] }]);
  });

  it('keeps a model without versions', () => {
    expect(versionsFromModels('{"models": [{"name": "m", "versions": []}]}')).toMatchObject([
      { model: 'm', version: '' },
    ]);
  });

  it.each(['{}', '[]', 'null', 'not JSON', '{"models": {}}', '{"models": [1]}'])('refuses %s', (text) => {
    expect(() => versionsFromModels(text)).toThrow(expect.objectContaining({ code: Code.DataLoss }));
  });
});

describe('versionsFromStatus', () => {
  it('reads the answer of TensorFlow Serving', () => {
    const status = { error_code: 'OK', error_message: '' };
    const text = JSON.stringify({ model_version_status: [{ version: '1', state: 'AVAILABLE', status }] });
    expect(versionsFromStatus('m', text)).toEqual([{ model: 'm', version: '1', state: 'AVAILABLE', error: '' }]);
  });
});

describe('onlyInputFromJson', () => {
  function metadata(inputs: object): string {
    return JSON.stringify({ metadata: { signature_def: { signature_def: { serving_default: { inputs } } } } });
  }

  it('names the only input of the default signature', () => {
    expect(onlyInputFromJson(metadata({ images: {} }))).toBe('images');
  });

  it('refuses to choose between two', () => {
    expect(() => onlyInputFromJson(metadata({ b: {}, a: {} }))).toThrow('the model has the inputs a, b');
  });

  it('does not take what every object has for a signature', () => {
    expect(() => onlyInputFromJson(metadata({ x: {} }), 'constructor')).toThrow('no signature "constructor"');
  });
});

describe('errorFromJson', () => {
  it('finds the sentence, and nothing where there is none', () => {
    expect(errorFromJson('{"error": "no such model"}')).toBe('no such model');
    expect(['<html>', '{}', '{"error": 1}', '{"error": ""}', ''].map(errorFromJson)).toEqual(Array(5).fill(undefined));
  });
});
