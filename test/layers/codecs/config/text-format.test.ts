import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { messageType, repeatedScalar, scalar } from '../../../../layers/codecs/src/config/message-type.ts';
import { PlatformConfigMapMessage } from '../../../../layers/codecs/src/config/serving-messages.ts';
import { parseTextFormat } from '../../../../layers/codecs/src/config/text-format.ts';
import { GOLDEN_CONFIGS, MESSAGES, plain } from './golden-configs.ts';

const SAMPLE = messageType('Sample', {
  number: scalar(1, 'double'),
  int: scalar(2, 'int32'),
  text: scalar(3, 'string'),
  many: repeatedScalar(4, 'int64'),
});

describe('parseTextFormat', () => {
  it.each(GOLDEN_CONFIGS.good)("reads $type with $name as protobuf's own parser does", ({ type, text, value }) => {
    expect(plain(parseTextFormat(MESSAGES[type]!, text, 'f'))).toEqual(value);
  });

  it.each(GOLDEN_CONFIGS.bad)('refuses $type with $name, with line and column', ({ type, text }) => {
    expect(() => parseTextFormat(MESSAGES[type]!, text, 'f')).toThrow(
      expect.objectContaining({
        code: Code.InvalidArgument,
        message: expect.stringMatching(/^Error parsing text-format \S+: [0-9]+:[0-9]+: .+ \(in f\)$/),
      }),
    );
  });

  it.each([
    ['an unknown field', 'number: 1\n  txt: "x"', '2:3: Sample has no field "txt"'],
    ['a wrong type', 'int: "1"', '1:6: "int" is a whole number, not the string "1"'],
    [
      'a value out of range',
      'int: 2147483648',
      '1:6: "int" is a whole number from -2147483648 to 2147483647, not "2147483648"',
    ],
    ['integers that no number holds', 'many: 9007199254740993', '1:7: "many" is a whole number from -9007199254740991'],
    ['a field that is set twice', 'int: 1 int: 2', '1:8: the field "int" of Sample is set twice'],
    ['an escape that means nothing', 'text: "a\\z"', '1:7: \\z means nothing in a string'],
    ['half a character', 'text: "\\ud800"', '1:7: \\u means nothing in a string'],
    ['a byte that is none', 'text: "\\777"', '1:7: \\7 means nothing in a string'],
    ['bytes that are no text', 'text: "\\xff"', '1:7: the string of "text" is not UTF-8'],
    [
      'a string of many escapes',
      `text: "${'\\a'.repeat(2 ** 19)}"`,
      '1:7: the string of "text" is longer than 1048576',
    ],
    ['a string without an end', '# x\ntext: "a', '2:7: the string does not end on its line'],
    ['a backslash before the line break', 'text: "a\\\nb"', '1:7: the string does not end on its line'],
    ['a value that is missing', 'int:', '1:5: "int" is a whole number, not the end of the text'],
  ])('says what is wrong with %s', (_name, text, expected) => {
    expect(() => parseTextFormat(SAMPLE, text, 'f')).toThrow(`Error parsing text-format Sample: ${expected}`);
  });

  it.each([
    ['- 1', -1],
    ['-inf', Number.NEGATIVE_INFINITY],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['nan', Number.NaN],
  ])('reads the number %s', (text, number) => {
    expect(parseTextFormat(SAMPLE, `number: ${text}`, 'f').number).toBe(number);
  });

  it('reads an escaped question mark, which Python does not', () => {
    expect(parseTextFormat(SAMPLE, 'text: "\\?"', 'f').text).toBe('?');
  });

  it('takes a byte order mark for none', () => {
    expect(parseTextFormat(SAMPLE, '\uFEFFint: 1', 'f').int).toBe(1);
  });

  it('refuses a key twice, which would hide one of the values', () => {
    const text = 'version_labels { key: "a" value: 1 }\nversion_labels { key: "a" value: 2 }';
    expect(() => parseTextFormat(MESSAGES['ModelConfig']!, text, 'f')).toThrow('2:16: "version_labels" has this key');
  });

  it('refuses messages deeper than its stack, and more elements than its memory', () => {
    const deep = `custom_model_config ${'{ a '.repeat(100_000)}`;
    expect(() => parseTextFormat(MESSAGES['ModelServerConfig']!, deep, 'f')).toThrow('deeper than 64 levels');
    expect(() => parseTextFormat(SAMPLE, `many: [${'1,'.repeat(100_001)}1]`, 'f')).toThrow('more than 100000 elements');
  });

  it('reads the Any that it knows, and says which that is', () => {
    const text = (type: string) =>
      `platform_configs { key: "tensorflow" value { source_adapter_config { [type.googleapis.com/${type}] {
        legacy_config { saved_model_tags: "gpu" session_config { gpu_options { a: [-1, { b: X }] } } } } } } }`;
    const known = 'tensorflow.serving.SavedModelBundleSourceAdapterConfig';
    const { platform_configs } = parseTextFormat(PlatformConfigMapMessage, text(known), 'f');
    expect(platform_configs.get('tensorflow')?.source_adapter_config?.legacy_config).toMatchObject({
      saved_model_tags: ['gpu'],
      session_config: true,
      mixed_precision: false,
    });
    expect(() => parseTextFormat(PlatformConfigMapMessage, text('a.B'), 'f')).toThrow(
      `has no meaning here, ${known} has`,
    );
    const raw = 'platform_configs { key: "x" value { source_adapter_config { type_url: "x" } } }';
    expect(() => parseTextFormat(PlatformConfigMapMessage, raw, 'f')).toThrow(
      `[type.googleapis.com/${known}] is expected`,
    );
  });

  it('gives an entry without a value the empty one', () => {
    const { platform_configs } = parseTextFormat(PlatformConfigMapMessage, 'platform_configs { key: "x" }', 'f');
    expect(platform_configs).toEqual(new Map([['x', { source_adapter_config: undefined }]]));
  });
});
