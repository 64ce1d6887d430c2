import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Code, StatusError } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePredictionLog, readTfRecords } from '../../layers/codecs/src/index.ts';

const FOLDER = join(import.meta.dirname, '../golden/tfrecord');
const FILES = ['bytes.tfrecord', 'prediction-logs.tfrecord'].map(
  (name) => new Uint8Array(readFileSync(join(FOLDER, name))),
);

/** The records before the first that is broken, and the error's code; fails on anything thrown but a StatusError. */
function readAll(bytes: Uint8Array): { readonly records: number; readonly code: Code } {
  let records = 0;
  try {
    for (const record of readTfRecords(bytes)) {
      records++;
      decodePredictionLog(record);
    }
    return { records, code: Code.Ok };
  } catch (error) {
    if (!StatusError.is(error) || error.message === '') {
      throw error;
    }
    return { records, code: error.code };
  }
}

describe('reading TFRecord files returns or throws StatusError', () => {
  it('for arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        readAll(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(FILES.map((file) => [file] as const))('for a file that is cut off anywhere', (whole) => {
    for (let length = 0; length < whole.length; length++) {
      readAll(whole.subarray(0, length));
    }
  });

  it('and tells of any bit that changed', () => {
    for (const file of FILES) {
      const all = [...readTfRecords(file)].length;
      const bytes = file.slice();
      for (let bit = 0; bit < 8 * bytes.length; bit += 7) {
        const index = bit >> 3;
        bytes[index] = (file[index] ?? 0) ^ (1 << (bit & 7));
        let records = 0;
        expect(() => {
          for (const _ of readTfRecords(bytes)) {
            records++;
          }
        }).toThrow(/^(corrupted|truncated) record at /);
        expect(records).toBeLessThan(all);
        bytes[index] = file[index] ?? 0;
      }
    }
  });
});

describe('decoding a PredictionLog returns or throws StatusError', () => {
  const logs = [...readTfRecords(FILES[1] ?? new Uint8Array(0))];

  it.each(logs.map((log, index) => [index, log] as const))('for log %i with any bit flipped, and cut off', (_, log) => {
    const bytes = log.slice();
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const index = bit >> 3;
      bytes[index] = (log[index] ?? 0) ^ (1 << (bit & 7));
      decodeOrRefuse(bytes);
      decodeOrRefuse(bytes.subarray(0, index));
      bytes[index] = log[index] ?? 0;
    }
  });
});

function decodeOrRefuse(bytes: Uint8Array): void {
  try {
    decodePredictionLog(bytes);
  } catch (error) {
    if (!StatusError.is(error) || error.message === '') {
      throw error;
    }
  }
}
