import { StatusError } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeConfigMessage } from '../../layers/codecs/src/config/binary-message.ts';
import { parseTextFormat } from '../../layers/codecs/src/config/text-format.ts';
import { GOLDEN_CONFIGS, MESSAGES } from '../layers/codecs/config/golden-configs.ts';
import { RANDOM_SEED } from '../support/random-seed.ts';

const FIXED_SEED = 20_261_121;
const SEEDS = [FIXED_SEED, RANDOM_SEED];

/** Pieces that mean something, so that more than the first word is reached. */
const words = fc.constantFrom(
  ...['{', '}', '<', '>', '[', ']', ':', ',', ';', '-', '"', "'", '\\', '#', '\n', '/', '.', '$', '\0', ' '],
  ...['model_config_list', 'config', 'name', 'version_labels', 'key', 'value', 'latest', 'specific', 'versions'],
  ...['1', '0x', '08', '1e999', '.5f', 'nan', 'true', '"a"', "'\\xff'", '"\\u00e4"', 'custom_model_config', '[a/b]'],
  ...['platform_configs', 'source_adapter_config'],
);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(words, { maxLength: 60 }).map((parts) => parts.join('')),
  fc.array(words, { maxLength: 60 }).map((parts) => parts.join(' ')),
);
const golden = fc.constantFrom(...GOLDEN_CONFIGS.good);
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** What a bad message may do: an error that says something. */
function expectAnswer(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    expect(StatusError.is(error) && error.message !== '', String(error)).toBe(true);
  }
}

describe.each(SEEDS)('configuration messages, seed %d', (seed) => {
  const run = { seed, numRuns: 2000 };

  it('are read from any text, or refused', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(MESSAGES)), text, (type, content) =>
        expectAnswer(() => parseTextFormat(type, content, 'f')),
      ),
      run,
    );
  });

  it('are read from texts with a piece replaced, or refused', () => {
    fc.assert(
      fc.property(golden, place, fc.nat(10), words, ({ type, text: good }, where, length, word) => {
        const start = Math.floor(where * good.length);
        const content = good.slice(0, start) + word + good.slice(start + length);
        expectAnswer(() => parseTextFormat(MESSAGES[type]!, content, 'f'));
      }),
      run,
    );
  });

  it('are read from any bytes, or refused', () => {
    fc.assert(
      fc.property(
        golden,
        fc.array(fc.tuple(place, fc.nat(255)), { maxLength: 8 }),
        place,
        ({ type, binary }, hits, end) => {
          const bytes = new Uint8Array(Buffer.from(binary, 'base64'));
          for (const [where, value] of hits) {
            bytes[Math.floor(where * bytes.length)] = value;
          }
          expectAnswer(() =>
            decodeConfigMessage(MESSAGES[type]!, bytes.subarray(0, Math.ceil((1 - end) * bytes.length))),
          );
        },
      ),
      run,
    );
  });
});
