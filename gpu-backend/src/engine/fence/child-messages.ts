import type { NamedTensors, Signature, StatusData } from '@tensorfleet/core';
import type { Device, ModelArtifact } from '../engine.ts';

/** Where a child process gets its engine from; plain data. */
export interface EngineModule {
  /** URL of a module. */
  readonly module: string;
  /** The name of an exported function that makes the Engine from `parameters`. */
  readonly create: string;
  readonly parameters: readonly unknown[];
}

/** Parent to child: `load` once, then runs, several at once. */
export type ToChild =
  | { readonly kind: 'load'; readonly engine: EngineModule; readonly artifact: ModelArtifact; readonly device: Device }
  | { readonly kind: 'run'; readonly id: number; readonly signature: string; readonly inputs: NamedTensors };

/** Child to parent: `loaded` or `failed` once, then one `outputs` or `error` for each run. */
export type FromChild =
  | { readonly kind: 'loaded'; readonly signatures: ReadonlyMap<string, Signature> }
  | { readonly kind: 'failed'; readonly error: StatusData }
  | { readonly kind: 'outputs'; readonly id: number; readonly outputs: NamedTensors }
  | { readonly kind: 'error'; readonly id: number; readonly error: StatusData };
