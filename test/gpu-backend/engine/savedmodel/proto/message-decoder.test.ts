import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../../../../gpu-backend/src/engine/savedmodel/proto/message-decoder.ts';
import { thrownBy } from '../../../../layers/codecs/thrown-by.ts';

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

describe('decodeMessage', () => {
  it('gives every field its first state', () => {
    expect(decodeMessage(bytes(''), 'NodeDef')).toEqual({ name: undefined, op: undefined, input: [], attr: new Map() });
  });

  it('shares nothing between messages', () => {
    const first = decodeMessage(bytes('1a0161'), 'NodeDef');

    expect(first.input).toEqual(['a']);
    expect(decodeMessage(bytes(''), 'NodeDef').input).toEqual([]);
  });

  it.each([
    ['packed', '1a03 01 ff01'],
    ['one by one', '1801 18ff01'],
    ['both', '1a01 01 18ff01'],
  ])('reads integers %s', (_, hex) => {
    expect(decodeMessage(bytes(hex), 'ListValue').i).toEqual([1n, 255n]);
  });

  it('reads packed floats', () => {
    expect(decodeMessage(bytes('2208 0000c03f 000000bf'), 'ListValue').f).toEqual([1.5, -0.5]);
  });

  it('reads negative integers of 32 and 64 bits', () => {
    expect(decodeMessage(bytes('08ffffffffffffffffff01'), 'VersionDef').producer).toBe(-1);
    expect(decodeMessage(bytes('18ffffffffffffffffff01'), 'AttrValue').i).toBe(-1n);
  });

  it('skips unknown fields, and known ones of another wire type', () => {
    expect(decodeMessage(bytes('f83f01 0801 0a0161'), 'NodeDef').name).toBe('a');
  });

  it('takes the last of several scalars', () => {
    expect(decodeMessage(bytes('0a0161 0a0162'), 'NodeDef').name).toBe('b');
  });

  it('refuses a message that occurs more often than it may', () => {
    expect(thrownBy(() => decodeMessage(bytes('3a00 3a00'), 'AttrValue')).message).toMatch(
      /"shape" occurs more than once/,
    );
  });

  it('reads map entries without key or value', () => {
    expect(decodeMessage(bytes('2200 2203 0a0161 2205 0a0162 1200'), 'FunctionDef').ret).toEqual(
      new Map([
        ['', ''],
        ['a', ''],
        ['b', ''],
      ]),
    );
    expect(decodeMessage(bytes('2a00'), 'NodeDef').attr.get('')?.list).toBeUndefined();
  });

  it('takes the names of properties of objects as names', () => {
    const { attr } = decodeMessage(bytes('2a0b 0a095f5f70726f746f5f5f'), 'NodeDef');

    expect([...attr.keys()]).toEqual(['__proto__']);
  });

  it('refuses messages that are nested without end', () => {
    let nested = new Uint8Array(0);
    for (let depth = 0; depth < 200; depth++) {
      // func { attr { value { ... } } }
      for (const tag of [0x12, 0x12, 0x52]) {
        nested = Buffer.concat([Uint8Array.of(tag, (nested.length & 127) | 128, nested.length >> 7), nested]);
      }
    }

    expect(thrownBy(() => decodeMessage(nested, 'AttrValue')).message).toMatch(/nested more than 100 deep/);
  });

  it('names message, field and byte of what is cut off', () => {
    expect(thrownBy(() => decodeMessage(bytes('0a05 0a03 6162'), 'GraphDef')).message).toBe(
      'GraphDef field 1 at byte 2: 5 bytes are wanted, 4 are left',
    );
  });

  it.each([
    ['messages', '0a00', 'GraphDef'],
    ['byte strings', '1200', 'ListValue'],
  ] as const)('refuses more %s than files have', (_, hex, name) => {
    expect(() => decodeMessage(bytes(hex.repeat(8000)), name)).not.toThrow();
    expect(thrownBy(() => decodeMessage(bytes(hex.repeat(9000)), name)).message).toMatch(/far more messages/);
  });
});
