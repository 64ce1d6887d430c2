import type { FleetCallOptions, FleetClient, ModelMetadata, Prediction, PredictOptions } from '@tensorfleet/client';
import type { ModelIndex, ModelVersionStatus, ServingStatus } from '@tensorfleet/codecs';
import {
  Code,
  DEFAULT_SIGNATURE,
  failedPrecondition,
  invalidArgument,
  type ModelSpec,
  type NamedTensors,
  notFound,
  type Signature,
  StatusError,
  throwIfOver,
  type Version,
  validateInputs,
  version,
} from '@tensorfleet/core';

export interface FakeVersion {
  readonly signatures: ReadonlyMap<string, Signature>;
  readonly pipeline?: string;
  run(inputs: NamedTensors): NamedTensors;
}

export interface FakeFleetCall {
  readonly method: 'predict' | 'status' | 'metadata' | 'models' | 'health';
  readonly spec?: ModelSpec;
  readonly inputs?: NamedTensors;
  readonly options: FleetCallOptions;
}

/** A fleet in memory: latest versions answer, labels resolve, inputs are checked against signatures. */
export class FakeFleet implements FleetClient {
  readonly calls: FakeFleetCall[] = [];
  healthStatus: ServingStatus = 'SERVING';
  /** Runs before a call is answered: a rollout, a delay, or an error of the fleet. */
  before: (call: FakeFleetCall) => void | Promise<void> = () => undefined;
  readonly #models = new Map<string, Map<Version, FakeVersion>>();
  readonly #labels = new Map<string, Version>();
  #closed = false;

  /** Loads a version; the highest one is the latest. */
  serve(name: string, number: number, served: FakeVersion): this {
    const versions = this.#models.get(name) ?? new Map<Version, FakeVersion>();
    this.#models.set(name, versions.set(version(number), served));
    return this;
  }

  unload(name: string, number: number): void {
    this.#models.get(name)?.delete(version(number));
  }

  label(name: string, label: string, number: number): this {
    this.#labels.set(`${name}/${label}`, version(number));
    return this;
  }

  /** `predict latest`, `predict 2`, `metadata label`: what was asked, in order. */
  get log(): readonly string[] {
    return this.calls.map(({ method, spec }) => `${method} ${spec?.version ?? spec?.versionLabel ?? 'latest'}`);
  }

  async predict(spec: ModelSpec, inputs: NamedTensors, options: PredictOptions = {}): Promise<Prediction> {
    await this.#enter({ method: 'predict', spec, inputs, options });
    const [number, served] = this.#resolve(spec);
    const signature = served.signatures.get(spec.signatureName ?? DEFAULT_SIGNATURE);
    if (signature === undefined) {
      throw failedPrecondition(`Serving signature key "${spec.signatureName}" not found.`);
    }
    validateInputs(signature, inputs);
    return { modelSpec: { name: spec.name, version: number }, outputs: served.run(inputs) };
  }

  async status(spec: ModelSpec, options: FleetCallOptions = {}): Promise<readonly ModelVersionStatus[]> {
    await this.#enter({ method: 'status', spec, options });
    const versions = [...(this.#models.get(spec.name)?.keys() ?? [])];
    if (versions.length === 0) {
      throw notFound(`Could not find any versions of model ${spec.name}`);
    }
    return versions.map((number) => ({ version: number, state: 'AVAILABLE', errorCode: Code.Ok, errorMessage: '' }));
  }

  async metadata(spec: ModelSpec, options: FleetCallOptions = {}): Promise<ModelMetadata> {
    await this.#enter({ method: 'metadata', spec, options });
    const [number, { signatures, pipeline }] = this.#resolve(spec);
    return {
      modelSpec: { name: spec.name, version: number },
      signatures,
      ...(pipeline !== undefined && { pipeline }),
    };
  }

  async models(options: FleetCallOptions = {}): Promise<readonly ModelIndex[]> {
    await this.#enter({ method: 'models', options });
    return [...this.#models].flatMap(([name, versions]) =>
      [...versions.keys()].map((number) => ({ name, version: String(number), state: 'READY', reason: '' })),
    );
  }

  async health(options: FleetCallOptions = {}): Promise<ServingStatus> {
    await this.#enter({ method: 'health', options });
    return this.healthStatus;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #enter(call: FakeFleetCall): Promise<void> {
    this.calls.push(call);
    const { signal } = call.options;
    if (this.#closed) {
      throw new StatusError(Code.Unavailable, 'the channel is closed');
    }
    await this.before(call);
    if (signal !== undefined) {
      throwIfOver({ requestId: '', deadline: 0, signal });
    }
  }

  #resolve({ name, version: wanted, versionLabel }: ModelSpec): readonly [Version, FakeVersion] {
    if (wanted !== undefined && versionLabel !== undefined) {
      throw invalidArgument('a model spec has a version and a label');
    }
    const versions = this.#models.get(name) ?? new Map<Version, FakeVersion>();
    const labelled = versionLabel === undefined ? undefined : this.#labels.get(`${name}/${versionLabel}`);
    if (versionLabel !== undefined && labelled === undefined) {
      throw invalidArgument(`Unrecognized servable version label: ${versionLabel}`);
    }
    const number = wanted ?? labelled ?? [...versions.keys()].toSorted((a, b) => b - a)[0];
    const served = number === undefined ? undefined : versions.get(number);
    if (number === undefined || served === undefined) {
      throw notFound(`Servable not found for request: ${wanted === undefined ? 'Latest' : 'Specific'}(${name})`);
    }
    return [number, served];
  }
}
