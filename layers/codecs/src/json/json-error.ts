import { invalidArgument, type StatusError } from '@tensorfleet/core';

/** What can be wrong with a JSON text, in the words of RapidJSON, which clients of TensorFlow Serving know. */
export const JsonFault = {
  DocumentEmpty: 'The document is empty.',
  InvalidValue: 'Invalid value.',
  MissingName: 'Missing a name for object member.',
  MissingColon: 'Missing a colon after a name of object member.',
  MissingCommaOrBrace: 'Missing a comma or } after an object member.',
  MissingCommaOrBracket: 'Missing a comma or ] after an array element.',
  InvalidHexDigit: 'Incorrect hex digit after \\u escape in string.',
  InvalidSurrogate: 'The surrogate pair in string is invalid.',
  InvalidEscape: 'Invalid escape character in string.',
  MissingQuote: 'Missing a closing quotation mark in string.',
  NumberTooBig: 'Number too big to be stored in double.',
  MissingFraction: 'Miss fraction part in number.',
  MissingExponent: 'Miss exponent in number.',
} as const;

export type JsonFault = (typeof JsonFault)[keyof typeof JsonFault];

/** `offset`: bytes from the start of the document. */
export function jsonParseError(fault: JsonFault, offset: number): StatusError {
  return invalidArgument(`JSON Parse error: ${fault} at offset: ${offset}`);
}
