import { describe, expect, it } from 'vitest';
import { classificationsToJson, regressionsToJson } from '../../../../layers/codecs/src/index.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('classificationsToJson', () => {
  it('writes a list of label and score per example, with the white space of TensorFlow Serving', () => {
    const json = classificationsToJson([[{ label: '', score: 3 }], [{ label: '', score: 4 }]]);

    expect(text(json)).toBe('{\n    "results": [[["", 3.0]], [["", 4.0]]\n    ]\n}');
  });

  it('writes several classes, and floats in their shortest form', () => {
    const json = classificationsToJson([
      [
        { label: 'cat "x"', score: Math.fround(0.2) },
        { label: 'ä', score: 9e6 },
      ],
      [],
    ]);

    expect(text(json)).toBe('{\n    "results": [[["cat \\"x\\"", 0.2], ["ä", 9e+06]], []\n    ]\n}');
  });

  it('writes what is not finite as the operator wants it', () => {
    const nonFinite = [[{ label: 'a', score: Number.NaN }]];

    expect(text(classificationsToJson(nonFinite))).toContain('[["a", NaN]]');
    expect(text(classificationsToJson(nonFinite, 'null'))).toContain('[["a", null]]');
  });

  it('refuses an answer without examples', () => {
    expect(() => classificationsToJson([])).toThrow('Cannot convert empty ClassificationResults to JSON');
  });
});

describe('regressionsToJson', () => {
  it('writes a value per example, with the white space of TensorFlow Serving', () => {
    expect(text(regressionsToJson([Math.fround(0.2), Math.fround(0.9), 1]))).toBe(
      '{\n    "results": [0.2, 0.9, 1.0]\n}',
    );
  });

  it('writes NaN and infinities as words unless it is told otherwise', () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, 3, Number.NEGATIVE_INFINITY];

    expect(text(regressionsToJson(values))).toContain('[NaN, Infinity, 3.0, -Infinity]');
    expect(text(regressionsToJson(values, 'string'))).toContain('["NaN", "Infinity", 3.0, "-Infinity"]');
  });

  it('refuses an answer without examples', () => {
    expect(() => regressionsToJson([])).toThrow('Cannot convert empty RegressionResults to JSON');
  });
});
