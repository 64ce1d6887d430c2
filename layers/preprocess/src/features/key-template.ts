import { invalidArgument } from '@tensorfleet/core';

/** What names an entity in a request: attribute by attribute, as text. */
export type EntityRow = ReadonlyMap<string, string>;

/** What the key of an entity looks like in its store: text with attributes of the request in braces, `user:{user_id}`. */
export interface KeyTemplate {
  readonly text: string;
  /** The attributes that a row must have, in their order. */
  readonly attributes: readonly string[];
  /**
   * The key. Rows with different attributes never have equal keys. Throws INVALID_ARGUMENT for an attribute that is
   * missing, empty, or holds what separates it from the next one, and for a key that is too long.
   */
  keyOf(row: EntityRow): string;
}

/** DynamoDB takes partition keys of 2,048 bytes; UTF-8 has at most 3 bytes per unit here. */
const MAX_KEY_CHARACTERS = 680;
const PLACEHOLDER = /\{([^{}]+)\}/;

/** Throws INVALID_ARGUMENT for a text without attributes, with a stray brace, or whose keys could be taken for others. */
export function parseKeyTemplate(text: string): KeyTemplate {
  // Split by a pattern with a group, texts and attributes take turns.
  const parts = text.split(PLACEHOLDER);
  const attributes = parts.filter((_, index) => index % 2 === 1);
  const texts = parts.filter((_, index) => index % 2 === 0);
  if (attributes.length === 0) {
    throw invalidArgument(`the key "${text}" names no attribute, as "user:{user_id}" does`);
  }
  if (texts.some((part) => /[{}]/.test(part))) {
    throw invalidArgument(`the key "${text}" has a brace that belongs to no attribute`);
  }
  if (texts.slice(1, -1).includes('')) {
    throw invalidArgument(`the key "${text}" has two attributes with nothing between them`);
  }
  return { text, attributes, keyOf: (row) => keyFrom(attributes, texts, row) };
}

/**
 * An attribute ends where the first character of the text behind it appears for the first time, since it must not
 * hold that character; so a key can be taken apart in one way only.
 */
function keyFrom(attributes: readonly string[], texts: readonly string[], row: EntityRow): string {
  let key = texts[0] ?? '';
  for (const [index, attribute] of attributes.entries()) {
    const value = row.get(attribute);
    if (value === undefined || value === '') {
      throw invalidArgument(`attribute "${attribute}" is ${value === undefined ? 'missing' : 'empty'}`);
    }
    const behind = texts[index + 1] ?? '';
    const separator = index + 1 < attributes.length ? behind.charAt(0) : '';
    if (separator !== '' && value.includes(separator)) {
      throw invalidArgument(`attribute "${attribute}" holds "${separator}", which ends it in the key`);
    }
    key += value + behind;
  }
  if (key.length > MAX_KEY_CHARACTERS) {
    throw invalidArgument(`the key has ${key.length} characters, at most ${MAX_KEY_CHARACTERS} are allowed`);
  }
  return key;
}
