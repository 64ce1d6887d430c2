import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  decodePredictionLog,
  decodePredictRequest,
  encodePredictionLog,
  encodePredictRequest,
  type LogType,
  type PredictionLog,
  readTfRecords,
} from '../../../../layers/codecs/src/index.ts';

const FOLDER = join(import.meta.dirname, '../../../golden/tfrecord');

interface Description {
  readonly title: string;
  readonly type: LogType | null;
  readonly metadata: unknown;
  readonly request: string;
  readonly response: string;
}

/** What the official stubs say that the records hold. */
const descriptions = JSON.parse(readFileSync(join(FOLDER, 'prediction-logs.json'), 'utf8')) as readonly Description[];
const records = [...readTfRecords(new Uint8Array(readFileSync(join(FOLDER, 'prediction-logs.tfrecord'))))];
const vectors = descriptions.map((description, index) => ({
  ...description,
  bytes: records[index] ?? new Uint8Array(0),
}));

const EMPTY: PredictionLog = {
  metadata: undefined,
  type: undefined,
  request: new Uint8Array(0),
  response: new Uint8Array(0),
};

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

describe('PredictionLog', () => {
  it.each(vectors)('reads a log of the official stubs: $title', ({ bytes, type, metadata, request, response }) => {
    const log = decodePredictionLog(bytes);

    expect(log.type ?? null).toBe(type);
    expect(log.metadata ?? null).toEqual(metadata);
    expect(base64(log.request)).toBe(request);
    expect(base64(log.response)).toBe(response);
  });

  it.each(vectors)('writes the bytes of the official stubs: $title', ({ bytes }) => {
    expect(base64(encodePredictionLog(decodePredictionLog(bytes)))).toBe(base64(bytes));
  });

  it('is a predict log whose request is a PredictRequest', () => {
    const log = decodePredictionLog(vectors[0]?.bytes ?? new Uint8Array(0));

    expect(decodePredictRequest(log.request).inputs.get('x')).toEqual({
      dtype: 'FP32',
      shape: [3, 1],
      data: Float32Array.of(1, 2, 5),
    });
  });

  it('merges a log that comes in pieces', () => {
    const modelSpec = { name: 'm', version: version(7) };
    const first = encodePredictRequest({ modelSpec, inputs: new Map(), outputFilter: ['a'] });
    const second = encodePredictRequest({ modelSpec: undefined, inputs: new Map(), outputFilter: ['b'] });
    const pieces = [first, second].map((request) => encodePredictionLog({ ...EMPTY, type: 'predict', request }));

    const { type, request } = decodePredictionLog(new Uint8Array(Buffer.concat(pieces)));

    expect(type).toBe('predict');
    expect(decodePredictRequest(request)).toEqual({ modelSpec, inputs: new Map(), outputFilter: ['a', 'b'] });
  });

  it('is of the last kind that its bytes name', () => {
    const pieces = [
      encodePredictionLog({ ...EMPTY, type: 'predict', request: Uint8Array.of(8, 1) }),
      encodePredictionLog({ ...EMPTY, type: 'classify', response: Uint8Array.of(8, 2) }),
    ];

    expect(decodePredictionLog(new Uint8Array(Buffer.concat(pieces)))).toEqual({
      ...EMPTY,
      type: 'classify',
      response: Uint8Array.of(8, 2),
    });
  });

  it('refuses bytes that are no message with INVALID_ARGUMENT', () => {
    expect(() => decodePredictionLog(Uint8Array.of(0x32, 9, 1))).toThrow(/PredictionLog field 6/);
  });
});
