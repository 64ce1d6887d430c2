import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { readJson } from '../../../../layers/codecs/src/json/json-reader.ts';
import { MAX_VALUES } from '../../../../layers/codecs/src/json/json-tree.ts';
import { memberOf, membersOf, NumberKind } from '../../../../layers/codecs/src/json/json-value.ts';
import { thrownBy } from '../thrown-by.ts';
import { bytesOf } from './signatures.ts';

function read(text: string) {
  return readJson(bytesOf(text));
}

function numbersIn(text: string): number[] {
  return [...read(text).numbers];
}

describe('readJson: numbers', () => {
  it.each([
    '0',
    '-0',
    '7',
    '-12',
    '0.5',
    '-0.25',
    '1e3',
    '1E+3',
    '25e-1',
    '1.5e-7',
    '9007199254740991',
    '9007199254740993',
    '0.1',
    '0.30000000000000004',
    '0.12345678955316544',
    '123456789012345678.75',
    '1.7976931348623157e308',
    '5e-324',
    '1e-400',
    '2.2250738585072011e-308',
    '0.500000000000000166533453693773481063544750213623046875',
    '9007199254740992.5',
    '9007199254740993.5',
    '1.00000000000000011102230246251565',
    '0.000001234567890123456789',
    '100000000000000000000000',
    `0.${'0'.repeat(30)}1`,
    `1${'0'.repeat(200)}`,
    `0.${'123456789'.repeat(20)}`,
  ])('reads %s as Number() does', (text) => {
    expect(numbersIn(`[${text}]`)[0]).toBe(Number(text));
  });

  it('reads the names of numbers that are not finite', () => {
    expect(numbersIn('[NaN, Infinity, -Infinity, Inf, -Inf]')).toEqual([NaN, Infinity, -Infinity, Infinity, -Infinity]);
  });

  it('tells integers from other numbers and keeps integers of 64 bits exactly', () => {
    const text =
      '[1, 1.0, 1e0, -9223372036854775808, 18446744073709551615, 18446744073709551616, -9223372036854775809]';
    const { numberKinds, bigIntegers } = read(text);
    const { Integer, Real, BigInteger } = NumberKind;

    expect([...numberKinds]).toEqual([Integer, Real, Real, BigInteger, BigInteger, Real, Real]);
    expect([...bigIntegers.values()]).toEqual([-(2n ** 63n), 2n ** 64n - 1n]);
  });
});

describe('readJson: values', () => {
  it.each([
    ['[]', [0]],
    ['[[], []]', [2, 0]],
    ['[1, 2, 3]', [3]],
    ['[[1,2],[3,4],[5,6]]', [3, 2]],
    ['[[[1],[2]],[[3],[4]]]', [2, 2, 1]],
    [' [ 1 , [ ] ] ', undefined],
    ['[[1,2],[3]]', undefined],
    ['[[1],2]', undefined],
    ['[1,[2]]', undefined],
    ['[1,true]', undefined],
  ])('reads %s as numbers of shape %j', (text, shape) => {
    const { root } = read(text);
    expect(root.kind === 'numbers' ? root.shape : undefined).toEqual(shape);
  });

  it('gives the children of an uneven array their own numbers', () => {
    const { root, numbers } = read('[[[1,2],[3,4]],[[5,6],[7,8],[9]]]');
    const second = root.kind === 'array' ? root.items[1] : undefined;
    const rows = second?.kind === 'array' ? second.items : undefined;

    expect(root).toMatchObject({ kind: 'array', items: [{ kind: 'numbers', first: 0, shape: [2, 2] }, {}] });
    expect(rows).toMatchObject([{ first: 4 }, { first: 6, shape: [2] }, { first: 8, shape: [1] }]);
    expect([...numbers]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('takes the first of equal keys and any name for a key', () => {
    const { root } = read('{"__proto__": 1, "a": 2, "toString": 3, "a": 4, "\\u0061b": 5}');
    const members = root.kind === 'object' ? membersOf(root) : new Map();

    expect([...members.keys()]).toEqual(['__proto__', 'a', 'toString', 'ab']);
    expect(members.get('a')).toMatchObject({ first: 1 });
    expect(root.kind === 'object' && memberOf(root, 'a')).toMatchObject({ first: 1 });
  });

  it('accepts a byte order mark and ignores what follows the value', () => {
    expect(numbersIn('\ufeff [1]X{')).toEqual([1]);
  });
});

describe('readJson: depth and size', () => {
  it('reads past a value of any depth', () => {
    const depth = 1_000_000;
    const { root, numbers } = read(`{"nested":${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)},"instances":[2]}`);

    expect(root.kind === 'object' && memberOf(root, 'instances')).toMatchObject({ kind: 'numbers', shape: [1] });
    expect([...numbers]).toEqual([2]);
  });

  it('finds a fault at any depth', () => {
    expect(thrownBy(() => read(`${'['.repeat(1_000_000)}}`)).message).toBe(
      'JSON Parse error: Invalid value. at offset: 1000000',
    );
  });

  it('refuses more values than it keeps with RESOURCE_EXHAUSTED', () => {
    const error = thrownBy(() => read(`[${'{},'.repeat(MAX_VALUES)}{}]`));
    expect(error).toMatchObject({ code: Code.ResourceExhausted, message: expect.stringContaining(`${MAX_VALUES}`) });
  });

  it('refuses to take an even array of too many numbers apart', () => {
    const error = thrownBy(() => read(`[${'1,'.repeat(MAX_VALUES)}""]`));
    expect(error.code).toBe(Code.ResourceExhausted);
  });
});

describe('readJson: faults in the words of RapidJSON', () => {
  it.each([
    ['', 'The document is empty'],
    ['  ', 'The document is empty. at offset: 2'],
    ['}', 'The document is empty. at offset: 0'],
    ['x', 'Invalid value. at offset: 0'],
    ['nulx', 'Invalid value. at offset: 3'],
    ['Infinite', 'Invalid value. at offset: 7'],
    ['-x', 'Invalid value. at offset: 1'],
    ['[1,]', 'Invalid value. at offset: 3'],
    ['[,1]', 'Invalid value. at offset: 1'],
    ['[', 'Invalid value. at offset: 1'],
    ['[1', 'Missing a comma or ] after an array element. at offset: 2'],
    ['[01]', 'Missing a comma or ] after an array element. at offset: 2'],
    ['[1 2]', 'Missing a comma or ] after an array element. at offset: 3'],
    ['{"a":1', 'Missing a comma or } after an object member. at offset: 6'],
    ['{"a":1]', 'Missing a comma or } after an object member. at offset: 6'],
    ['{1:2}', 'Missing a name for object member. at offset: 1'],
    ['{"a":1,}', 'Missing a name for object member. at offset: 7'],
    ['{"a"}', 'Missing a colon after a name of object member. at offset: 4'],
    ['{"a":}', 'Invalid value. at offset: 5'],
    ['"abc', 'Missing a closing quotation mark in string. at offset: 4'],
    ['"a\\', 'Invalid escape character in string. at offset: 2'],
    ['"a\\x"', 'Invalid escape character in string. at offset: 2'],
    ['"a\nb"', 'Invalid escape character in string. at offset: 2'],
    ['"\\u12g4"', 'Incorrect hex digit after \\u escape in string. at offset: 1'],
    ['"\\u12', 'Incorrect hex digit after \\u escape in string. at offset: 1'],
    ['"\\ud800"', 'The surrogate pair in string is invalid. at offset: 1'],
    ['"\\ud800\\u0041"', 'The surrogate pair in string is invalid. at offset: 1'],
    ['"\\udc00"', 'The surrogate pair in string is invalid. at offset: 1'],
    ['[1e400]', 'Number too big to be stored in double. at offset: 1'],
    [`[-1${'0'.repeat(400)}]`, 'Number too big to be stored in double. at offset: 1'],
    ['[-1e400]', 'Number too big to be stored in double. at offset: 1'],
    ['[1.]', 'Miss fraction part in number. at offset: 3'],
    ['[1.e5]', 'Miss fraction part in number. at offset: 3'],
    ['[1e+]', 'Miss exponent in number. at offset: 4'],
    ['\ufeff[1.]', 'Miss fraction part in number. at offset: 6'],
  ])('%j: %s', (text, message) => {
    expect(thrownBy(() => read(text))).toMatchObject({
      code: Code.InvalidArgument,
      message: `JSON Parse error: ${message}`,
    });
  });
});
