import type { WasmModule } from './web-assembly.ts';

/** Pixels as decoders give them. data: [height, width, 4], RGBA, not premultiplied. */
export interface DecodedPixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** One instance of a decoder. It must not be used again after `decode` threw: its memory may be in any state. */
export interface Decoder {
  /** Decodes at once, without yielding. Throws an Error whose message is the decoder's own reason. */
  decode(bytes: Uint8Array): DecodedPixels;
  /** What the instance occupies; WebAssembly memory grows and never shrinks. */
  memoryBytes(): number;
}

export type CreateDecoder = (module: WasmModule) => Promise<Decoder>;
