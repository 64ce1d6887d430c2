import { internal } from '@tensorfleet/core';

/**
 * Where libjpeg's jpeg_read_header sets its defaults: `i64.const 2^32; i64.store offset=216`, the fields dct_method
 * (0, the accurate transform) and do_fancy_upsampling (1) of the decompressor.
 */
const DEFAULTS = Uint8Array.of(0x42, 0x80, 0x80, 0x80, 0x80, 0x10, 0x37, 0x03, 0xd8, 0x01);

/**
 * The JPEG decoder's WebAssembly with the fast transform (JDCT_IFAST) as its default, which the decoder has no
 * parameter for: one bit of one constant. Throws INTERNAL for any other build of it.
 */
export function withFastDct(wasm: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(wasm);
  const place = bytes.indexOf(DEFAULTS);
  if (place < 0 || bytes.indexOf(DEFAULTS, place + 1) >= 0) {
    throw internal('the JPEG decoder is another build than the one whose fast transform is known');
  }
  bytes[place + 1] = 0x81;
  return new Uint8Array(bytes);
}
