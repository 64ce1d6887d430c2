const UTF8 = new TextEncoder();
const PLAIN_ESCAPES: ReadonlyMap<string, number> = new Map(
  Object.entries({ a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92, "'": 39, '"': 34, '?': 63 }),
);
const PIECE =
  /\\(?:(?<octal>[0-7]{1,3})|[xX](?<hex>[0-9A-Fa-f]{1,2})|u(?<u>[0-9A-Fa-f]{4})|U(?<U>[0-9A-Fa-f]{8})|(?<plain>[abfnrtv\\'"?]))|(?<text>[^\\]+)/y;

/**
 * The bytes of a string of the text format, `quoted` with its quotes; or, as a string, the escape in it that means
 * nothing.
 */
export function bytesOfQuoted(quoted: string): readonly Uint8Array[] | string {
  const inner = quoted.slice(1, -1);
  const pieces: Uint8Array[] = [];
  for (PIECE.lastIndex = 0; PIECE.lastIndex < inner.length; ) {
    const start = PIECE.lastIndex;
    const bytes = bytesOfPiece(PIECE.exec(inner)?.groups ?? {});
    if (bytes === undefined) {
      return inner.slice(start, start + 2);
    }
    pieces.push(bytes);
  }
  return pieces;
}

function bytesOfPiece(groups: Readonly<Record<string, string | undefined>>): Uint8Array | undefined {
  const { octal, hex, u, U, plain, text } = groups;
  if (text !== undefined) {
    return UTF8.encode(text);
  }
  if (plain !== undefined) {
    return Uint8Array.of(PLAIN_ESCAPES.get(plain) ?? 0);
  }
  const point = u ?? U;
  if (point !== undefined) {
    const code = Number.parseInt(point, 16);
    const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return isCharacter ? UTF8.encode(String.fromCodePoint(code)) : undefined;
  }
  const code = octal === undefined ? Number.parseInt(hex ?? '', 16) : Number.parseInt(octal, 8);
  return code <= 0xff ? Uint8Array.of(code) : undefined;
}
