import type { CreateDecoder, Decoder } from './decoder.ts';
import { type WasmImports, type WasmInstance, type WasmModule, webAssembly } from './web-assembly.ts';

const MAX_REASON_CHARACTERS = 200;
/** The JPEG module's second parameter: whether to turn the picture as its EXIF tag says. Pillow's open() does not. */
const TURN_BY_EXIF = false;

interface ImageDataLike {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** What @jsquash's Emscripten modules offer; the packages refer to types that they do not ship. */
interface DecoderModule {
  readonly HEAPU8: Uint8Array;
  decode(bytes: Uint8Array, ...options: readonly boolean[]): ImageDataLike | null;
}

type CreateModule = (options: {
  noInitialRun: boolean;
  instantiateWasm(imports: WasmImports, done: (instance: WasmInstance) => void): WasmInstance['exports'];
  print(text: string): void;
  printErr(text: string): void;
}) => Promise<DecoderModule>;

/** A libjpeg decoder. Its warnings are errors: pixels that it made up are not passed on. */
export const createJpegDecoder: CreateDecoder = async (module) => {
  const { createMozjpeg } = await import('./jpeg-codec.ts');
  return createDecoder(createMozjpeg, module, TURN_BY_EXIF);
};

/** A libwebp decoder. */
export const createWebpDecoder: CreateDecoder = async (module) => {
  const { createWebp } = await import('./webp-codec.ts');
  return createDecoder(createWebp, module);
};

async function createDecoder(
  createModule: CreateModule,
  module: WasmModule,
  ...options: readonly boolean[]
): Promise<Decoder> {
  let printed: string[] = [];
  const print = (text: string): void => {
    printed.push(text);
  };
  const codec = await createModule({
    noInitialRun: true,
    instantiateWasm(imports, done) {
      const instance = new webAssembly.Instance(module, imports);
      done(instance);
      return instance.exports;
    },
    print,
    printErr: print,
  });
  return {
    decode(bytes) {
      printed = [];
      const decoded = runDecode(() => codec.decode(bytes, ...options), printed);
      if (decoded === null || printed.length > 0) {
        throw new Error(reasonOf(printed));
      }
      const { width, height, data } = decoded;
      return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
    },
    memoryBytes: () => codec.HEAPU8.byteLength,
  };
}

/** libjpeg prints its reason and exits the program, which Emscripten makes an exception that says nothing. */
function runDecode(decode: () => ImageDataLike | null, printed: readonly string[]): ImageDataLike | null {
  try {
    return decode();
  } catch (cause) {
    throw new Error(reasonOf(printed), { cause });
  }
}

function reasonOf(printed: readonly string[]): string {
  const text = printed[0]?.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_REASON_CHARACTERS);
  return text ?? 'its data is damaged or cut off';
}
