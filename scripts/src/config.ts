import { join } from 'node:path';
import type { StoreEnvironment } from '@tensorfleet/repository';

/** Whether errors are shown with their stack: TENSORFLEET_DEBUG=1. */
export function showsStacks(): boolean {
  return process.env['TENSORFLEET_DEBUG'] === '1';
}

/** Whether the user wants no colours (https://no-color.org), or the terminal has none. */
export function refusesColours(): boolean {
  return (process.env['NO_COLOR'] ?? '') !== '' || process.env['TERM'] === 'dumb';
}

/** The Python that has TensorFlow, for benchmarks: TENSORFLOW_PYTHON; undefined where nobody names one. */
export function tensorflowPython(): string | undefined {
  return process.env['TENSORFLOW_PYTHON'] || undefined;
}

/**
 * Has ONNX Runtime tell nobody of its use, in this process and those that it starts: 1.30 sends events to Microsoft
 * otherwise. What the user has set stays. To be called before anything is loaded.
 */
export function silenceOnnxRuntime(): void {
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
}

/** Where Node keeps compiled sources, beside them: threads that load and convert models start in half the time. */
const COMPILED_SOURCES = join(import.meta.dirname, '../../node_modules/.cache/tensorfleet-compiled');

/**
 * What a server wants of its environment: glibc's allocator told to give memory back (few arenas, and large blocks that
 * are mapped each on its own), and compiled sources that are kept. What the user has set stays.
 */
export function leanEnvironment(): NodeJS.ProcessEnv {
  return {
    MALLOC_ARENA_MAX: '2',
    MALLOC_MMAP_THRESHOLD_: String(2 ** 20),
    NODE_COMPILE_CACHE: COMPILED_SOURCES,
    ...process.env,
  };
}

/** Where stores of objects find their settings and credentials: AWS_REGION, S3_ENDPOINT, and so on. */
export function storeEnvironment(): StoreEnvironment {
  return process.env;
}

/** Where a gateway that runs as a server finds its settings. */
export function gatewayEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** What a server is started with, and with TensorFlow's libraries where it may use them. */
export function serverEnvironment(tensorflowLibraries: string | undefined): NodeJS.ProcessEnv {
  return {
    ...leanEnvironment(),
    ...(tensorflowLibraries !== undefined && { TENSORFLOW_LIBRARY_PATH: tensorflowLibraries }),
  };
}

/** Where AWS is asked: the region, and a stand-in's address in tests; undefined where the environment does not say. */
export function awsEnvironment(): { readonly region: string | undefined; readonly endpoint: string | undefined } {
  return {
    region: process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'] || undefined,
    endpoint: process.env['AWS_ENDPOINT_URL'] || undefined,
  };
}
