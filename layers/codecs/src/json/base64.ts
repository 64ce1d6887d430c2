const ALPHABET = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PADDING = 0x3d;

/** Six bits by letter, -1 for white space, -2 for what base64 does not have. */
const SIX_BITS = new Int8Array(256).fill(-2);
for (const [value, letter] of ALPHABET.entries()) {
  SIX_BITS[letter] = value;
}
for (const space of [0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d]) {
  SIX_BITS[space] = -1;
}

/** The bytes of a base64 text in the standard alphabet; undefined when it is none. Padding is optional, white space skipped. */
export function decodeBase64(text: Uint8Array): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
  let length = 0;
  let letters = 0;
  let padding = 0;
  let pending = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i] ?? 0;
    const sixBits = SIX_BITS[letter] ?? -2;
    if (sixBits >= 0 && padding === 0) {
      pending = ((pending << 6) | sixBits) & 0xffff;
      if (letters++ % 4 !== 0) {
        bytes[length] = pending >>> (6 - 2 * ((letters - 1) % 4));
        length++;
      }
    } else if (letter === PADDING) {
      padding++;
    } else if (sixBits !== -1) {
      return undefined;
    }
  }
  const wanted = (4 - (letters % 4)) % 4;
  return wanted === 3 || (padding !== 0 && padding !== wanted) ? undefined : bytes.subarray(0, length);
}

/** Base64 in the standard alphabet, with padding. */
export function encodeBase64(bytes: Uint8Array): Uint8Array {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(PADDING);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const letters = Math.min(bytes.length - i, 3) + 1;
    for (let letter = 0; letter < letters; letter++) {
      text[at + letter] = ALPHABET[(group >>> (18 - 6 * letter)) & 63] ?? 0;
    }
    at += 4;
  }
  return text;
}
