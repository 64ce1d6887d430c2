import { type AnyTensor, CODE_NAMES, StatusError } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { HostAttributes } from '../../../../gpu-backend/src/engine/host/host-op.ts';
import { HOST_OPS } from '../../../../gpu-backend/src/engine/host/host-ops.ts';
import { type GoldenCase, goldenOf, readGoldens, tensorOf } from './goldens.ts';

const all = readGoldens();
/** Those with tests of their own: what is no op, and pictures, which are decoded late. */
const ELSEWHERE: ReadonlySet<string> = new Set(['readVocabulary', 'DecodeImage', 'DecodeJpeg', 'DecodePng']);
const goldens = new Map([...all].filter(([name]) => !ELSEWHERE.has(name)));

/** Ops whose constants are part of the op: they are always given. */
const NEEDS_CONSTANTS: ReadonlySet<string> = new Set(['LookupTableFindV2', 'LookupTableSizeV2']);

function withoutDefaults({ attributes, defaults }: GoldenCase): HostAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !defaults.includes(name)));
}

async function answerOf(op: string, attributes: HostAttributes, inputs: readonly AnyTensor[], constant: boolean) {
  try {
    const kernel = HOST_OPS.get(op)!(attributes, constant ? inputs : []);
    return { outputs: (await kernel(inputs)).map(goldenOf) };
  } catch (reason) {
    if (!StatusError.is(reason)) {
      throw reason;
    }
    return { error: CODE_NAMES[reason.code], said: reason.message };
  }
}

function expectedOf({ outputs, error }: GoldenCase) {
  return outputs === undefined ? { error: error === 'OUT_OF_RANGE' ? 'INVALID_ARGUMENT' : error } : { outputs };
}

describe('HOST_OPS', () => {
  it('holds no op that is not compared with TensorFlow', () => {
    expect([...HOST_OPS.keys()].filter((op) => !all.has(op))).toEqual([]);
  });

  it.each([...goldens.keys()])('%s gives what TensorFlow gave', async (op) => {
    const wrong: unknown[] = [];
    for (const golden of goldens.get(op)!) {
      const inputs = golden.inputs.map(tensorOf);
      for (const [attributes, constant] of [
        [golden.attributes, NEEDS_CONSTANTS.has(op)],
        [withoutDefaults(golden), true],
      ] as const) {
        const answer = await answerOf(op, attributes, inputs, constant);
        const { said: _said, ...comparable } = { said: '', ...answer };
        if (JSON.stringify(comparable) !== JSON.stringify(expectedOf(golden))) {
          wrong.push({ golden, answer });
          break;
        }
      }
    }
    expect(wrong.slice(0, 3), `${wrong.length} of ${goldens.get(op)!.length} cases`).toEqual([]);
  });
});
