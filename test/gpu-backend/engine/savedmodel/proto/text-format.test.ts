import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../../../../gpu-backend/src/engine/savedmodel/proto/message-decoder.ts';
import type { Message } from '../../../../../gpu-backend/src/engine/savedmodel/proto/message-schemas.ts';
import { wireFromText } from '../../../../../gpu-backend/src/engine/savedmodel/proto/text-format.ts';
import { thrownBy } from '../../../../layers/codecs/thrown-by.ts';

const UTF8 = new TextEncoder();

function attribute(text: string | Uint8Array): Partial<Message<'AttrValue'>> {
  const bytes = typeof text === 'string' ? UTF8.encode(text) : text;
  const value = decodeMessage(wireFromText(bytes, 'AttrValue'), 'AttrValue');
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

describe('wireFromText reads', () => {
  it.each([
    ['nothing', '', {}],
    ['comments and spaces', ' # a: 1\n\t i : 1 # end', { i: 1n }],
    ['a separator', 'i: 1;', { i: 1n }],
    ['the least integer', 'i: -9223372036854775808', { i: -(2n ** 63n) }],
    ['hexadecimal', 'i: 0x1F', { i: 31n }],
    ['octal', 'i: -017', { i: -15n }],
    ['a fraction', 'f: 1.5', { f: 1.5 }],
    ['an exponent', 'f: -15e-1', { f: -1.5 }],
    ['a fraction with a suffix', 'f: 1.5f', { f: 1.5 }],
    ['a fraction without digits before the point', 'f: .5', { f: 0.5 }],
    ['an integer for a fraction', 'f: 3', { f: 3 }],
    ['minus zero', 'f: -0', { f: -0 }],
    ['infinity', 'f: inf', { f: Number.POSITIVE_INFINITY }],
    ['minus infinity', 'f: -Infinity', { f: Number.NEGATIVE_INFINITY }],
    ['NaN', 'f: nan', { f: Number.NaN }],
    ['true', 'b: true', { b: true }],
    ['a truth as a number', 'b: 0', { b: false }],
    ['a dtype by name', 'type: DT_BFLOAT16', { type: 14 }],
    ['a reference dtype', 'type: DT_FLOAT_REF', { type: 101 }],
    ['a dtype by number', 'type: 19', { type: 19 }],
    ['single quotes', `s: 'a"b'`, { s: bytesOf('a"b') }],
    ['strings in a row', `s: "a" 'b'\n"c"`, { s: bytesOf('abc') }],
    [
      'escapes',
      String.raw`s: "\a\b\f\n\r\t\v\\\'\"\?\0\12\377\x4\xfFg"`,
      { s: bytesOf('\x07\b\f\n\r\t\v\\\'"?\0\n\xff\x04\xffg') },
    ],
    ['Unicode escapes', String.raw`s: "\u2603\U0001F600"`, { s: UTF8.encode('\u2603\u{1F600}') }],
    ['bytes that are no UTF-8', Uint8Array.from([...bytesOf('s: "'), 0xff, 0x22]), { s: Uint8Array.of(0xff) }],
    ['another kind of brackets', 'shape < unknown_rank: true >', { shape: { dim: [], unknown_rank: true } }],
    ['a colon before a message', 'shape: {}', { shape: { dim: [], unknown_rank: undefined } }],
    ['unknown fields', 'new_one { a: [1, "x"] b < c: -inf > [x.y/z.w] { q: e } } i: 2', { i: 2n }],
  ])('%s', (_, text, value) => {
    expect(attribute(text)).toEqual(value);
  });

  it('lists, in brackets and field by field', () => {
    const { list } = attribute('list { i: [1, -2] i: 3 s: "a" s: [] shape: [{}, {dim {size: 4}}] }');

    expect(list).toMatchObject({ i: [1n, -2n, 3n], s: [bytesOf('a')], shape: [{ dim: [] }, { dim: [{ size: 4n }] }] });
  });

  it('maps as messages of key and value', () => {
    const node = decodeMessage(
      wireFromText(UTF8.encode('attr { key: "a" value { i: 1 } } attr { value: { b: true } key: "b" }'), 'NodeDef'),
      'NodeDef',
    );

    expect(Array.from(node.attr, ([name, { i, b }]) => [name, i, b])).toEqual([
      ['a', 1n, undefined],
      ['b', undefined, true],
    ]);
  });

  it('messages longer than its first buffer', () => {
    const { s } = attribute(`s: "${'x'.repeat(300_000)}"`);

    expect(s).toEqual(bytesOf('x'.repeat(300_000)));
  });
});

describe('wireFromText refuses', () => {
  it.each([
    ['a value of another kind', '\ni: "a"', /^line 2: /],
    ['a word for an integer', 'i: one', /"one" is not an integer/],
    ['an integer that does not fit', 'i: 9223372036854775808', /is not an int64/],
    ['a fraction for an integer', 'i: 1.5', /"1.5" is not an integer/],
    ['a word for a fraction', 'f: 1e', /"1e" is not a number/],
    ['a word for a truth', 'b: yes', /"yes" is neither true nor false/],
    ['an unknown dtype', 'type: DT_FLOAT128', /"DT_FLOAT128" is not a data type/],
    ['a number for a string', 's: 1', /a string is wanted, "1" is there/],
    ['a string without an end', 's: "a\n"', /a string has no end/],
    ['a string that ends with the text', 's: "a\\', /a string has no end/],
    ['an unknown escape', String.raw`s: "\q"`, /unknown escape/],
    ['a value without a colon', 'i 1', /":" is wanted/],
    ['a scalar for a message', 'shape: 1', /"shape" is a message/],
    ['a message for a scalar', 'i { }', /"i" is no message/],
    ['a message without an end', 'shape { ', /"}" is wanted, the text ends/],
    ['a message that ends otherwise', 'shape { >', /"}" is wanted, ">" is there/],
    ['an end without a message', '}', /"}" is there/],
    ['no name', ': 1', /a name or a value is wanted/],
    ['a long word', 'x'.repeat(5000), /too long/],
    ['deep known messages', 'func { attr { value { '.repeat(100), /nested more than 100/],
    ['deep unknown messages', 'x { '.repeat(100_000), /nested more than 100/],
  ])('%s', (_, text, message) => {
    expect(thrownBy(() => attribute(text)).message).toMatch(message);
  });
});
