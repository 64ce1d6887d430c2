import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { decodeConfigMessage } from '../../../../layers/codecs/src/config/binary-message.ts';
import { PlatformConfigMapMessage } from '../../../../layers/codecs/src/config/serving-messages.ts';
import {
  encodeMessage,
  type Field,
  intField,
  messageField,
  stringElement,
} from '../../../../layers/codecs/src/proto/fields.ts';
import { GOLDEN_CONFIGS, MESSAGES, plain } from './golden-configs.ts';

function decode(type: string, ...fields: readonly Field[]): unknown {
  return plain(decodeConfigMessage(MESSAGES[type]!, encodeMessage(fields)));
}

describe('decodeConfigMessage', () => {
  it.each(GOLDEN_CONFIGS.good)("reads $type with $name from protobuf's own bytes", ({ type, binary, value }) => {
    expect(plain(decodeConfigMessage(MESSAGES[type]!, Buffer.from(binary, 'base64')))).toEqual(value);
  });

  it('merges the pieces of a message, and the last value of a field counts', () => {
    const model = (name: string) => messageField(1, [messageField(1, [stringElement(1, name)])]);
    expect(decode('ModelServerConfig', model('a'), model('b'))).toMatchObject({
      model_config_list: { config: [{ name: 'a' }, { name: 'b' }] },
    });
    expect(decode('ModelConfig', stringElement(1, 'a'), stringElement(1, 'b'))).toMatchObject({ name: 'b' });
  });

  it('keeps the last member of a oneof', () => {
    const policy = messageField(7, [messageField(101, []), messageField(100, [intField(1, 2)])]);
    expect(decode('ModelConfig', policy)).toMatchObject({
      model_version_policy: { all: null, latest: { num_versions: 2 } },
    });
  });

  it('reads numbers that are not packed, and skips fields that it does not know', () => {
    const versions = messageField(7, [messageField(102, [intField(1, 3), intField(1, 4)])]);
    expect(decode('ModelConfig', versions, intField(99, 1), stringElement(98, 'x'))).toMatchObject({
      model_version_policy: { specific: { versions: [3, 4] } },
    });
  });

  it('takes a known field of another wire type for an unknown one', () => {
    expect(decode('ModelConfig', intField(1, 7), stringElement(3, 'x'))).toMatchObject({ name: '', model_type: 0 });
  });

  it('refuses more elements than its memory', () => {
    const models = messageField(
      1,
      Array.from({ length: 100_001 }, () => messageField(1, [])),
    );
    expect(() => decode('ModelServerConfig', models)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining('100000 elements') }),
    );
  });

  it('does not read an Any', () => {
    const bytes = encodeMessage([messageField(1, [messageField(2, [messageField(1, [])])])]);
    expect(() => decodeConfigMessage(PlatformConfigMapMessage, bytes)).toThrow('from its text format only');
  });
});
