import { invalidArgument, unimplemented } from '@tensorfleet/core';
import { booleanAttribute, numberAttribute, textAttribute } from './attributes.ts';
import type { HostAttributes } from './host-op.ts';
import { type DecodedCharacter, decodeUtf8 } from './utf8-decode.ts';

/** What becomes of a code point that is wrong: another code point, or undefined for nothing. Throws when it may not be. */
export type Repair = () => number | undefined;

/** The attributes `errors` and `replacement_char`. `complaint`: the error's words. */
export function repairOf(attributes: HostAttributes, complaint: string): Repair {
  const errors = textAttribute(attributes, 'errors', 'replace');
  const replacement = numberAttribute(attributes, 'replacement_char', 0xfffd);
  if (!isScalarValue(replacement)) {
    throw invalidArgument(`replacement_char ${replacement} is out of the range of Unicode`);
  }
  switch (errors) {
    case 'strict':
      return () => {
        throw invalidArgument(complaint);
      };
    case 'replace':
      return () => replacement;
    case 'ignore':
      return () => undefined;
    default:
      throw invalidArgument(`errors must be strict, replace or ignore, not '${errors}'`);
  }
}

/** A code point that encodings have bytes for. */
export function isScalarValue(codePoint: number): boolean {
  return codePoint >= 0 && codePoint <= 0x10_ffff && (codePoint < 0xd800 || codePoint > 0xdfff);
}

/**
 * The characters of a string in the attribute `input_encoding`, after `errors` and `replace_control_characters` did
 * their work. `isControlAnError`: strict refuses a control character that is to be replaced, else it is replaced.
 * Throws UNIMPLEMENTED for encodings other than UTF-8.
 */
export function decoderOf(
  attributes: HostAttributes,
  isControlAnError: boolean,
): (bytes: Uint8Array) => readonly DecodedCharacter[] {
  const encoding = textAttribute(attributes, 'input_encoding');
  if (encoding !== 'UTF-8') {
    throw unimplemented(`the input encoding '${encoding}' is not supported, only UTF-8 is`);
  }
  const repair = repairOf(attributes, 'Invalid formatting on input string');
  const repairControl =
    !isControlAnError && textAttribute(attributes, 'errors', 'replace') === 'strict'
      ? () => numberAttribute(attributes, 'replacement_char', 0xfffd)
      : repair;
  const replacesControl = booleanAttribute(attributes, 'replace_control_characters', false);
  return (bytes) =>
    decodeUtf8(bytes).flatMap((character) => {
      const isControl = replacesControl && character.codePoint <= 0x1f;
      const codePoint = character.isBroken ? repair() : isControl ? repairControl() : character.codePoint;
      return codePoint === undefined ? [] : [{ ...character, codePoint }];
    });
}
