// biome-ignore-all lint/style/noNonNullAssertion: hot file, positions are compared with the end before they are read

export interface DecodedCharacter {
  /** U+FFFD for a broken sequence. */
  readonly codePoint: number;
  /** Where its bytes start. */
  readonly start: number;
  readonly isBroken: boolean;
}

const REPLACEMENT = 0xfffd;

/** The range of the second byte, which rules out overlong sequences, surrogates and what is beyond U+10FFFF. */
const SECOND_BYTE: ReadonlyMap<number, readonly [number, number]> = new Map([
  [0xe0, [0xa0, 0xbf]],
  [0xed, [0x80, 0x9f]],
  [0xf0, [0x90, 0xbf]],
  [0xf4, [0x80, 0x8f]],
]);
const ANY_TRAIL = [0x80, 0xbf] as const;

/** The characters of bytes that should be UTF-8. Of broken ones the longest start of a character is one, as in ICU. */
export function decodeUtf8(bytes: Uint8Array): readonly DecodedCharacter[] {
  const characters: DecodedCharacter[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const lead = bytes[at++]!;
    const trails = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    let codePoint = trails === 0 ? lead : lead & (0x3f >> trails);
    let read = 0;
    let [low, high] = SECOND_BYTE.get(lead) ?? ANY_TRAIL;
    while (read < trails && at < bytes.length && bytes[at]! >= low && bytes[at]! <= high) {
      codePoint = (codePoint << 6) | (bytes[at++]! & 0x3f);
      [low, high] = ANY_TRAIL;
      read++;
    }
    const isBroken = read < trails || (trails === 0 && lead >= 0x80);
    characters.push({ codePoint: isBroken ? REPLACEMENT : codePoint, start, isBroken });
  }
  return characters;
}
