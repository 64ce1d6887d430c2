import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { compileFunction } from 'node:vm';

/**
 * Google's TFLite runtime, LiteRT, as WebAssembly: all built-in kernels and XNNPACK, one thread.
 *
 * The package's own loader wants a browser; the module behind it runs in Node, and carries dtypes and signatures that
 * the loader does not. Each runtime has its own memory, so what a model does to one stays in it, and all is free when
 * the runtime is dropped.
 */
export interface LiteRt {
  /** The file's one signature, ready to run. Throws LiteRtError. */
  compile(file: Uint8Array): CompiledModel;
}

/** Belongs to the runtime that made it. */
export interface CompiledModel {
  /**
   * Inputs and outputs are raw bytes in the signature's order; outputs have as many bytes as `outputBytes` says.
   * Blocks. Throws LiteRtError.
   */
  run(inputs: readonly Uint8Array[], outputBytes: readonly number[]): readonly Uint8Array[];
  /** Gives its memory back to the runtime. */
  release(): void;
}

/** What the runtime said; after it nothing in the runtime's memory is to be trusted. */
export class LiteRtError extends Error {
  override readonly name = 'LiteRtError';
}

/** The build for one thread with relaxed SIMD, twice as fast on int8 as the one without and as exact. */
const MODULE = '@litertjs/core/wasm/litert_wasm_internal.js';

type ModuleFactory = (options: object) => Promise<WasmRuntime>;

/** How a runtime is made, from the module's compiled code. */
interface LoadedModule {
  readonly factory: ModuleFactory;
  readonly code: object;
}

let loaded: LoadedModule | undefined;

/** The module is compiled once in each thread, and instantiated for each runtime. */
function loadModule(): LoadedModule {
  if (loaded === undefined) {
    const require = createRequire(import.meta.url);
    const path = require.resolve(MODULE);
    const module: { exports: { default?: ModuleFactory } } = { exports: {} };
    // CommonJS in a package that says it has none, so that neither `require` nor `import` can load it.
    compileFunction(readFileSync(path, 'utf8'), ['require', '__dirname', '__filename', 'module', 'exports'], {
      filename: path,
    })(require, dirname(path), path, module, module.exports);
    const factory = module.exports.default;
    if (factory === undefined) {
      throw new LiteRtError(`${MODULE} exports no module factory`);
    }
    loaded = { factory, code: new WebAssembly.Module(readFileSync(path.replace(/\.js$/, '.wasm'))) };
  }
  return loaded;
}

/** A new runtime with a memory of its own. */
export async function createLiteRt(): Promise<LiteRt> {
  const { factory, code } = loadModule();
  const log = new ErrorLog();
  const runtime = await factory({
    print: () => undefined,
    printErr: (line: string) => log.add(line),
    instantiateWasm(imports: object, done: (instance: { readonly exports: object }) => void) {
      const instance = new WebAssembly.Instance(code, imports);
      done(instance);
      return instance.exports;
    },
  });
  return log.explain(() => {
    runtime.setupLogging();
    const environment = runtime.LiteRtEnvironment.create(null);
    return { compile: (file) => log.explain(() => new WasmModel(runtime, environment, log, file)) };
  });
}

/** Node has it; the library of types that would say so is the browser's. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (code: object, imports: object) => { readonly exports: object };
};

class WasmModel implements CompiledModel {
  readonly #runtime: WasmRuntime;
  readonly #environment: WasmObject;
  readonly #log: ErrorLog;
  readonly #address: number;
  readonly #model: WasmModelObject;
  readonly #compiled: WasmCompiledModel;

  constructor(runtime: WasmRuntime, environment: WasmObject, log: ErrorLog, file: Uint8Array) {
    this.#runtime = runtime;
    this.#environment = environment;
    this.#log = log;
    this.#address = runtime._malloc(file.length);
    if (this.#address === 0) {
      throw new Error(`no room for ${file.length} bytes`);
    }
    runtime.HEAPU8.set(file, this.#address);
    this.#model = runtime.loadModel(environment, this.#address, file.length);
    this.#compiled = runtime.compileModel(environment, this.#model, {
      accelerator: 'wasm',
      cpuOptions: { numThreads: 1 },
      gpuOptions: {},
      webNNOptions: {},
    });
  }

  run(inputs: readonly Uint8Array[], outputBytes: readonly number[]): readonly Uint8Array[] {
    return this.#log.explain(() => {
      const fed = inputs.map((bytes, index) => this.#write(bytes, index));
      const fetched = this.#compiled.run(0, fed);
      // A kernel that fails shows in the log alone: `run` returns what lay in memory.
      if (this.#log.hasErrors) {
        throw new Error('the run failed');
      }
      const outputs = fetched.map((buffer, index) => this.#read(buffer, outputBytes[index] ?? 0));
      for (const buffer of [...fed, ...fetched]) {
        buffer.delete();
      }
      return outputs;
    });
  }

  release(): void {
    this.#compiled.delete();
    this.#model.delete();
    this.#runtime._free(this.#address);
  }

  #write(bytes: Uint8Array, index: number): WasmTensorBuffer {
    const { LiteRtTensorBuffer, LiteRtTensorBufferType, LiteRtTensorBufferLockMode } = this.#runtime;
    const type = this.#model.getInputTensorType(0, index);
    const buffer = LiteRtTensorBuffer.createManaged(
      this.#environment,
      LiteRtTensorBufferType.HOST_MEMORY,
      type,
      bytes.length,
    );
    type.delete();
    const address = buffer.lock(LiteRtTensorBufferLockMode.WRITE);
    this.#runtime.HEAPU8.set(bytes, address);
    buffer.unlock();
    return buffer;
  }

  #read(buffer: WasmTensorBuffer, byteLength: number): Uint8Array {
    if (buffer.size() < byteLength) {
      throw new Error(`an output has ${buffer.size()} bytes, not ${byteLength}`);
    }
    const address = buffer.lock(this.#runtime.LiteRtTensorBufferLockMode.READ);
    const bytes = this.#runtime.HEAPU8.slice(address, address + byteLength);
    buffer.unlock();
    return bytes;
  }
}

/** The runtime's exceptions say where in its source it was; what went wrong stands in the lines it logged before. */
class ErrorLog {
  #lines: string[] = [];

  add(line: string): void {
    if (line.startsWith('ERROR: ') && this.#lines.length < MAX_ERROR_LINES) {
      this.#lines.push(line.slice('ERROR: '.length).replace(/^\[[^\]]*\] /, ''));
    }
  }

  /** Whether something went wrong since `explain` was called. */
  get hasErrors(): boolean {
    return this.#lines.length > 0;
  }

  explain<T>(action: () => T): T {
    this.#lines = [];
    try {
      return action();
    } catch (error) {
      const said = this.#lines.join('; ');
      throw new LiteRtError(said === '' ? firstLine(error) : said, { cause: error });
    }
  }
}

const MAX_ERROR_LINES = 8;

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? text;
}

/** What of the WebAssembly module's interface is used. */
interface WasmRuntime {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  setupLogging(): void;
  loadModel(environment: WasmObject, address: number, bytes: number): WasmModelObject;
  compileModel(environment: WasmObject, model: WasmObject, options: object): WasmCompiledModel;
  readonly LiteRtEnvironment: { create(gpuDevice: null): WasmObject };
  readonly LiteRtTensorBuffer: {
    createManaged(environment: WasmObject, kind: unknown, type: WasmObject, bytes: number): WasmTensorBuffer;
  };
  readonly LiteRtTensorBufferType: { readonly HOST_MEMORY: unknown };
  readonly LiteRtTensorBufferLockMode: { readonly READ: unknown; readonly WRITE: unknown };
}

/** An object in the module's memory. */
interface WasmObject {
  delete(): void;
}

interface WasmModelObject extends WasmObject {
  getInputTensorType(signature: number, input: number): WasmObject;
}

interface WasmCompiledModel extends WasmObject {
  run(signature: number, inputs: readonly WasmTensorBuffer[]): readonly WasmTensorBuffer[];
}

interface WasmTensorBuffer extends WasmObject {
  lock(mode: unknown): number;
  unlock(): void;
  size(): number;
}
