import type { ModelIndex, ModelVersionStatus, ServingStatus } from '@tensorfleet/codecs';
import type { ModelSpec, NamedTensors, Signature } from '@tensorfleet/core';
import type { UnaryOptions } from './channel.ts';

export interface FleetCallOptions extends UnaryOptions {
  /** For the whole call, retries included. Default 30 000 ms; Infinity waits for ever. */
  readonly timeoutMs?: number;
  /**
   * Whom the call is for: where several versions share a label, equal keys are answered by the same one. 1 to 256
   * characters of printable ASCII. Default: any of them answers.
   */
  readonly routingKey?: string | undefined;
}

export interface PredictOptions extends FleetCallOptions {
  /** The outputs to answer with. Default: all. */
  readonly outputFilter?: readonly string[];
}

export interface Prediction {
  /** The model that answered, with its resolved version. */
  readonly modelSpec: ModelSpec;
  /** Views into one received buffer. */
  readonly outputs: NamedTensors;
}

export interface ModelMetadata {
  readonly modelSpec: ModelSpec;
  readonly signatures: ReadonlyMap<string, Signature>;
  /** The input pipeline of the version as JSON text; absent when it has none, or the server knows none. */
  readonly pipeline?: string;
}

/**
 * The servers of a fleet, as one. Every method rejects with the StatusError of the server, UNAVAILABLE when none
 * answers, DEADLINE_EXCEEDED after the timeout, CANCELLED when the signal aborts, DATA_LOSS for an unreadable answer.
 */
export interface FleetClient extends AsyncDisposable {
  predict(spec: ModelSpec, inputs: NamedTensors, options?: PredictOptions): Promise<Prediction>;
  /** The versions of a model, or the one that `spec` names, as the server lists them. */
  status(spec: ModelSpec, options?: FleetCallOptions): Promise<readonly ModelVersionStatus[]>;
  metadata(spec: ModelSpec, options?: FleetCallOptions): Promise<ModelMetadata>;
  /** Every version of every model. UNIMPLEMENTED when the server is a TensorFlow Serving. */
  models(options?: FleetCallOptions): Promise<readonly ModelIndex[]>;
  /** Whether the server that is asked can serve. */
  health(options?: FleetCallOptions): Promise<ServingStatus>;
  /** Refuses new calls and resolves when the open ones are done. Idempotent; disposal does the same. */
  close(): Promise<void>;
}
