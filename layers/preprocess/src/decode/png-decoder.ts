import type { CreateDecoder, DecodedPixels, Decoder } from './decoder.ts';
import { type WasmImports, type WasmMemory, type WasmModule, webAssembly } from './web-assembly.ts';

/** What the module exports; the memory of `decode`'s argument passes to it. */
interface PngExports {
  readonly memory: WasmMemory;
  decode(pointer: number, length: number): number;
  __wbindgen_malloc(length: number, alignment: number): number;
  __wbindgen_free(pointer: number, length: number, alignment: number): void;
}

/**
 * A PNG decoder, of which @jsquash/png has the WebAssembly. The JavaScript of that package holds one instance for the
 * life of the process, and a broken picture ends in a Rust panic that leaves the instance's stack and memory as they
 * were: bound here, an instance can be thrown away.
 */
export const createPngDecoder: CreateDecoder = (module) => Promise.resolve(createDecoder(module));

function createDecoder(module: WasmModule): Decoder {
  let decoded: DecodedPixels | undefined;
  const onImage = (pointer: number, length: number, width: number, height: number): number => {
    const data = new Uint8Array(exports.memory.buffer, pointer, length).slice();
    exports.__wbindgen_free(pointer, length, 1);
    decoded = { width, height, data };
    return 0; // a handle to the object, which nobody dereferences
  };
  const instance = new webAssembly.Instance(module, importsOf(module, onImage));
  const exports = instance.exports as unknown as PngExports; // the interface of this file's module
  return {
    decode(bytes) {
      decoded = undefined;
      const pointer = exports.__wbindgen_malloc(bytes.length, 1) >>> 0;
      new Uint8Array(exports.memory.buffer).set(bytes, pointer);
      runDecode(exports, pointer, bytes.length);
      if (decoded === undefined) {
        throw new Error('it has no pixels');
      }
      const result: DecodedPixels = decoded;
      decoded = undefined; // the instance lives on, the pixels do not
      return result;
    },
    memoryBytes: () => exports.memory.buffer.byteLength,
  };
}

function runDecode(exports: PngExports, pointer: number, length: number): void {
  try {
    exports.decode(pointer, length);
  } catch (cause) {
    throw new Error('its data is damaged or cut off', { cause });
  }
}

/** The module calls two imports on its way to pixels; wasm-bindgen ends their names in a hash that builds change. */
function importsOf(
  module: WasmModule,
  onImage: (...parameters: [number, number, number, number]) => number,
): WasmImports {
  const unexpected = (name: string) => (): never => {
    throw new Error(`the decoder called ${name}`);
  };
  const functions = webAssembly.Module.imports(module).map(({ name }) => {
    const isImage = name.startsWith('__wbg_newwithownedu8clampedarray');
    return [name, isImage ? onImage : unexpected(name)] as const;
  });
  return { wbg: Object.fromEntries(functions) };
}
