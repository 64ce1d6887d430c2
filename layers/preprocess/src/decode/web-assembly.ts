/** A compiled module: immutable, shared by all instances made from it. */
export interface WasmModule {
  readonly brand?: never;
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

// Each function of a module has its own parameters; the callers declare them.
export type WasmImports = Record<string, Record<string, (...parameters: number[]) => unknown>>;

export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  readonly Instance: new (module: WasmModule, imports: WasmImports) => WasmInstance;
  readonly Module: { imports(module: WasmModule): readonly { readonly name: string }[] };
}

/** The part of the global that is used here: TypeScript ships its types with the DOM library only. */
export const webAssembly: WebAssemblyApi = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly; // present in every Node
