import { parseKeyTemplate } from '@tensorfleet/preprocess';
import { describe, expect, it } from 'vitest';

const row = (attributes: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(attributes));

describe('parseKeyTemplate', () => {
  it.each([
    ['user:{user_id}', { user_id: '42' }, 'user:42'],
    ['{id}', { id: 'a:b{c}' }, 'a:b{c}'],
    ['t/{tenant}/u/{user}!', { tenant: 'a', user: 'b/c', more: 'x' }, 't/a/u/b/c!'],
    ['{__proto__}', JSON.parse('{"__proto__": "p"}'), 'p'],
  ])('%s makes keys', (template, attributes, key) => {
    expect(parseKeyTemplate(template).keyOf(row(attributes))).toBe(key);
  });

  it.each([
    ['user', 'names no attribute'],
    ['', 'names no attribute'],
    ['user:{}', 'names no attribute'],
    ['user:{a', 'names no attribute'],
    ['{a}}', 'a brace that belongs to no attribute'],
    ['{{a}}', 'a brace that belongs to no attribute'],
    ['{a}{b}', 'two attributes with nothing between them'],
  ])('refuses %j', (template, problem) => {
    expect(() => parseKeyTemplate(template)).toThrow(problem);
  });

  it.each([
    [{ tenant: 'a' }, 'attribute "user" is missing'],
    [{ tenant: '', user: 'b' }, 'attribute "tenant" is empty'],
    [{ tenant: 'a:', user: 'b' }, 'attribute "tenant" holds ":", which ends it in the key'],
    [{ tenant: 'a', user: 'b'.repeat(700) }, 'the key has 703 characters, at most 680 are allowed'],
  ])('keys refuse %j', (attributes, problem) => {
    const { keyOf } = parseKeyTemplate('{tenant}::{user}');
    expect(() => keyOf(row(attributes as Record<string, string>))).toThrow(problem);
  });

  it('keeps apart rows that would run into one another', () => {
    const { keyOf } = parseKeyTemplate('{a}:{b}');
    expect(keyOf(row({ a: '1', b: '2:3' }))).toBe('1:2:3');
    expect(() => keyOf(row({ a: '1:2', b: '3' }))).toThrow('holds ":"');
  });
});
