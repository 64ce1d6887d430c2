import { failedPrecondition, StatusError } from '@tensorfleet/core';
import type { TensorFlowInstallation } from './find-tensorflow.ts';

/** An address; 0n is NULL. */
export type Pointer = bigint;
/** What a C function gets as a pointer: an address, or the bytes themselves, which must live until it returns. */
type Memory = Pointer | ArrayBufferView;

/**
 * The functions of TensorFlow's C API that are used here, under their own names. They check nothing: a wrong pointer
 * ends the process.
 */
export interface CApi {
  TF_Version(): string;
  TF_NewStatus(): Pointer;
  TF_DeleteStatus(status: Pointer): void;
  TF_GetCode(status: Pointer): number;
  TF_Message(status: Pointer): string;
  TF_NewBuffer(): Pointer;
  TF_NewBufferFromString(bytes: Memory, length: number): Pointer;
  TF_DeleteBuffer(buffer: Pointer): void;
  TF_NewSessionOptions(): Pointer;
  TF_SetConfig(options: Pointer, config: Memory, length: number, status: Pointer): void;
  TF_DeleteSessionOptions(options: Pointer): void;
  TF_NewGraph(): Pointer;
  TF_DeleteGraph(graph: Pointer): void;
  TF_GraphOperationByName(graph: Pointer, name: string): Pointer;
  TF_OperationNumOutputs(operation: Pointer): number;
  TF_AllocateTensor(dtype: number, shape: Memory, rank: number, bytes: number): Pointer;
  TF_DeleteTensor(tensor: Pointer): void;
  TF_TensorMaybeMove(tensor: Pointer): Pointer;
  TF_TensorType(tensor: Pointer): number;
  TF_NumDims(tensor: Pointer): number;
  TF_Dim(tensor: Pointer, axis: number): number;
  TF_TensorByteSize(tensor: Pointer): number;
  TF_TensorData(tensor: Pointer): Pointer;
  TF_StringInit(text: Pointer): void;
  TF_StringCopy(text: Pointer, bytes: Memory, length: number): void;
  TF_StringGetDataPointer(text: Pointer): Pointer;
  TF_StringGetSize(text: Pointer): number;
  TF_StringDealloc(text: Pointer): void;
  memcpy(to: Memory, from: Memory, length: number): void;
}

/** Those that may take long; they run on a thread of libuv's pool. */
export interface AsyncCApi {
  TF_LoadSessionFromSavedModel(
    options: Pointer,
    runOptions: Pointer,
    directory: string,
    tags: readonly string[],
    tagCount: number,
    graph: Pointer,
    metaGraphDef: Pointer,
    status: Pointer,
  ): Promise<Pointer>;
  TF_SessionRun(
    session: Pointer,
    runOptions: Pointer,
    inputs: Memory,
    inputValues: Memory,
    inputCount: number,
    outputs: Memory,
    outputValues: Memory,
    outputCount: number,
    targets: Pointer,
    targetCount: number,
    metadata: Pointer,
    status: Pointer,
  ): Promise<void>;
  TF_CloseSession(session: Pointer, status: Pointer): Promise<void>;
  TF_DeleteSession(session: Pointer, status: Pointer): Promise<void>;
}

const PROTOTYPES: Readonly<Record<keyof CApi, string>> = {
  TF_Version: 'const char *TF_Version()',
  TF_NewStatus: 'void *TF_NewStatus()',
  TF_DeleteStatus: 'void TF_DeleteStatus(void *)',
  TF_GetCode: 'int TF_GetCode(void *)',
  TF_Message: 'const char *TF_Message(void *)',
  TF_NewBuffer: 'void *TF_NewBuffer()',
  TF_NewBufferFromString: 'void *TF_NewBufferFromString(void *, size_t)',
  TF_DeleteBuffer: 'void TF_DeleteBuffer(void *)',
  TF_NewSessionOptions: 'void *TF_NewSessionOptions()',
  TF_SetConfig: 'void TF_SetConfig(void *, void *, size_t, void *)',
  TF_DeleteSessionOptions: 'void TF_DeleteSessionOptions(void *)',
  TF_NewGraph: 'void *TF_NewGraph()',
  TF_DeleteGraph: 'void TF_DeleteGraph(void *)',
  TF_GraphOperationByName: 'void *TF_GraphOperationByName(void *, const char *)',
  TF_OperationNumOutputs: 'int TF_OperationNumOutputs(void *)',
  TF_AllocateTensor: 'void *TF_AllocateTensor(int, void *, int, size_t)',
  TF_DeleteTensor: 'void TF_DeleteTensor(void *)',
  TF_TensorMaybeMove: 'void *TF_TensorMaybeMove(void *)',
  TF_TensorType: 'int TF_TensorType(void *)',
  TF_NumDims: 'int TF_NumDims(void *)',
  TF_Dim: 'int64_t TF_Dim(void *, int)',
  TF_TensorByteSize: 'size_t TF_TensorByteSize(void *)',
  TF_TensorData: 'void *TF_TensorData(void *)',
  TF_StringInit: 'void TF_StringInit(void *)',
  TF_StringCopy: 'void TF_StringCopy(void *, void *, size_t)',
  TF_StringGetDataPointer: 'void *TF_StringGetDataPointer(void *)',
  TF_StringGetSize: 'size_t TF_StringGetSize(void *)',
  TF_StringDealloc: 'void TF_StringDealloc(void *)',
  memcpy: 'void memcpy(void *, void *, size_t)',
};

const ASYNC_PROTOTYPES: Readonly<Record<keyof AsyncCApi, string>> = {
  TF_LoadSessionFromSavedModel:
    'void *TF_LoadSessionFromSavedModel(void *, void *, const char *, const char **, int, void *, void *, void *)',
  TF_SessionRun:
    'void TF_SessionRun(void *, void *, void *, void *, int, void *, void *, int, void *, int, void *, void *)',
  TF_CloseSession: 'void TF_CloseSession(void *, void *)',
  TF_DeleteSession: 'void TF_DeleteSession(void *, void *)',
};

/** What is used of koffi; written down here, because the package is optional and need not be there to be compiled with. */
interface Koffi {
  load(path: string, options?: { readonly global?: boolean }): KoffiLibrary;
}
interface KoffiLibrary {
  func(prototype: string): KoffiFunction;
}
interface KoffiFunction {
  (...parameters: readonly unknown[]): unknown;
  /** The last parameter is a callback (error, result). */
  async(...parameters: readonly unknown[]): void;
}

const KOFFI = 'koffi';

/** The same number on all systems. */
const RTLD_NOW = 2;

const LOADED = new Map<string, Promise<CApi & AsyncCApi>>();

/**
 * The C API of an installation, loaded once per thread and never unloaded.
 * Rejects with FAILED_PRECONDITION when koffi is not installed or a library cannot be loaded.
 */
export function loadCApi(installation: TensorFlowInstallation): Promise<CApi & AsyncCApi> {
  const known = LOADED.get(installation.library) ?? load(installation);
  LOADED.set(installation.library, known);
  return known;
}

async function load({ framework, library }: TensorFlowInstallation): Promise<CApi & AsyncCApi> {
  const koffi = await importKoffi();
  try {
    // The framework first and visible to all: the other library finds its symbols there.
    const libraries = [koffi.load(framework, { global: true }), koffi.load(library)];
    // koffi unloads what nothing refers to, at the latest when the thread ends; TensorFlow's own threads outlive that.
    const dlopen = find(libraries, 'void *dlopen(const char *, int)');
    dlopen(framework, RTLD_NOW);
    dlopen(library, RTLD_NOW);
    const functions = [
      ...Object.entries(PROTOTYPES).map(([name, prototype]) => [name, find(libraries, prototype)]),
      ...Object.entries(ASYNC_PROTOTYPES).map(([name, prototype]) => [name, promisified(find(libraries, prototype))]),
    ];
    return Object.fromEntries(functions) as CApi & AsyncCApi; // the tables of prototypes have their keys
  } catch (error) {
    const reason = StatusError.from(error).message;
    throw failedPrecondition(`the TensorFlow library ${library} cannot be loaded: ${reason}`, {}, error);
  }
}

/** Whether koffi is there to load libraries with. */
export async function importKoffi(): Promise<Koffi> {
  try {
    const { default: koffi } = (await import(KOFFI)) as { readonly default: Koffi };
    return koffi;
  } catch (error) {
    throw failedPrecondition(
      'libtensorflow is called through the package koffi, which is not installed: npm i koffi',
      {},
      error,
    );
  }
}

/** Some functions are in one library only, which one depends on the version. */
function find(libraries: readonly KoffiLibrary[], prototype: string): KoffiFunction {
  let failure: unknown;
  for (const library of libraries.toReversed()) {
    try {
      return library.func(prototype);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Memory that running calls refer to; nothing else may hold it by then. */
const IN_USE = new Set<readonly unknown[]>();

function promisified(run: KoffiFunction): (...parameters: readonly unknown[]) => Promise<unknown> {
  return (...parameters) =>
    new Promise((resolve, reject) => {
      IN_USE.add(parameters);
      run.async(...parameters, (error: unknown, result: unknown) => {
        IN_USE.delete(parameters);
        return error ? reject(error) : resolve(result);
      });
    });
}
