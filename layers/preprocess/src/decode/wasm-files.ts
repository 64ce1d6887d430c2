import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { internal } from '@tensorfleet/core';
import { withFastDct } from './fast-dct.ts';
import type { ImageFormat } from './image-header.ts';
import { type WasmModule, webAssembly } from './web-assembly.ts';

/** The decoders' WebAssembly as module specifiers. A bundle ships these files beside itself, by their base names. */
export const WASM_FILES: Readonly<Record<ImageFormat, string>> = {
  jpeg: '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  png: '@jsquash/png/codec/pkg/squoosh_png_bg.wasm',
  webp: '@jsquash/webp/codec/dec/webp_dec.wasm',
};

let location: string | undefined;
/** A decoder of a format; `fast`: as `fast-dct.ts` makes it. */
export type DecoderKind = ImageFormat | 'jpeg-fast';

const modules = new Map<DecoderKind, Promise<WasmModule>>();

/**
 * Has the .wasm files read from `directory`. Only needed where they lie neither in node_modules nor beside a CommonJS
 * bundle of this package; to be called before the first picture is decoded.
 */
export function setWasmLocation(directory: string): void {
  location = directory;
  modules.clear();
}

/** A compiled decoder; read and compiled once. Rejects with INTERNAL when its file is missing. */
export function loadWasm(kind: DecoderKind): Promise<WasmModule> {
  let module = modules.get(kind);
  if (module === undefined) {
    module = compile(kind);
    modules.set(kind, module);
    module.catch(() => modules.delete(kind)); // the next picture tries again
  }
  return module;
}

async function compile(kind: DecoderKind): Promise<WasmModule> {
  const format = kind === 'jpeg-fast' ? 'jpeg' : kind;
  const specifier = WASM_FILES[format];
  try {
    const bytes = await readFile(pathOf(specifier));
    return await webAssembly.compile(kind === 'jpeg-fast' ? withFastDct(bytes) : bytes);
  } catch (reason) {
    throw internal(`the image decoder ${basename(specifier)} cannot be loaded`, { format }, reason);
  }
}

function pathOf(specifier: string): string {
  if (location !== undefined) {
    return join(location, basename(specifier));
  }
  const here: string | undefined = import.meta.url; // undefined in CommonJS bundles, which have __dirname instead
  return here === undefined ? join(__dirname, basename(specifier)) : createRequire(here).resolve(specifier);
}
