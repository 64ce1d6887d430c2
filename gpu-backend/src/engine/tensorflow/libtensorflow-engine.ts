import { basename } from 'node:path';
import { failedPrecondition, type NamedTensors, notFound, type Signature } from '@tensorfleet/core';
import type { Device, Engine, ModelArtifact, Session } from '../engine.ts';
import { metaGraphOf } from '../savedmodel/meta-graph.ts';
import { decodeMessage } from '../savedmodel/proto/message-decoder.ts';
import { SERVE } from '../savedmodel/read-saved-model.ts';
import { type BoundCall, bindCall } from './bound-call.ts';
import { type AsyncCApi, type CApi, loadCApi, type Pointer } from './c-api.ts';
import { TensorFlowStatus } from './c-status.ts';
import { deleteInput, tensorFromC, tensorToC } from './c-tensor.ts';
import type { TensorFlowInstallation } from './find-tensorflow.ts';
import { encodeRunOptions, encodeSessionConfig, type TensorFlowOptions } from './session-config.ts';
import { bindSignatures, orderedInputs } from './signature-binding.ts';

type Api = CApi & AsyncCApi;

const NULL: Pointer = 0n;

/**
 * Runs SavedModels on libtensorflow, within this process: a crash of the library ends it. Loads and runs leave the
 * calling thread free, and a session takes several runs at once.
 */
export function libtensorflowEngine(installation: TensorFlowInstallation, options: TensorFlowOptions = {}): Engine {
  return {
    name: 'libtensorflow',
    async load(artifact: ModelArtifact, device: Device): Promise<Session> {
      return await loadSession(await loadCApi(installation), artifact, device, options);
    },
  };
}

async function loadSession(
  api: Api,
  artifact: ModelArtifact,
  device: Device,
  options: TensorFlowOptions,
): Promise<Session> {
  const { path, tags = SERVE } = artifact;
  using status = new TensorFlowStatus(api);
  const config = encodeSessionConfig(device, options);
  const sessionOptions = api.TF_NewSessionOptions();
  const metaGraphDef = api.TF_NewBuffer();
  const graph = api.TF_NewGraph();
  let session = NULL;
  try {
    api.TF_SetConfig(sessionOptions, config, config.length, status.pointer);
    status.throwIfFailed((reason) => `TensorFlow refuses the session's configuration: ${reason}`);
    session = await api.TF_LoadSessionFromSavedModel(
      sessionOptions,
      NULL,
      path,
      tags,
      tags.length,
      graph,
      metaGraphDef,
      status.pointer,
    );
    status.throwIfFailed((reason) => `SavedModel ${basename(path)} cannot be loaded: ${reason.replaceAll(path, '.')}`);
    const raw = decodeMessage(bytesOf(api, metaGraphDef), 'MetaGraphDef');
    const bindings = bindSignatures(metaGraphOf(raw, basename(path)).signatures);
    const calls = new Map(Array.from(bindings, ([name, binding]) => [name, bindCall(api, graph, binding)]));
    return new LibtensorflowSession(api, graph, session, calls, encodeRunOptions(options));
  } catch (error) {
    await release(api, graph, session);
    throw error;
  } finally {
    api.TF_DeleteBuffer(metaGraphDef);
    api.TF_DeleteSessionOptions(sessionOptions);
  }
}

/** A copy of a TF_Buffer's bytes. */
function bytesOf(api: Api, buffer: Pointer): Uint8Array {
  const [data = NULL, length = 0n] = wordsOf(api, buffer, 2); // its first two fields
  const bytes = new Uint8Array(Number(length));
  api.memcpy(bytes, data, bytes.length);
  return bytes;
}

function wordsOf(api: Api, pointer: Pointer, count: number): BigUint64Array {
  const words = new BigUint64Array(count);
  api.memcpy(words, pointer, words.byteLength);
  return words;
}

async function release(api: Api, graph: Pointer, session: Pointer): Promise<void> {
  using status = new TensorFlowStatus(api);
  if (session) {
    // What they report is of no use: the session is gone either way.
    await api.TF_CloseSession(session, status.pointer);
    await api.TF_DeleteSession(session, status.pointer);
  }
  api.TF_DeleteGraph(graph);
}

/**
 * Invariant: `#running` counts the runs that hold the session; it is freed when it was disposed and none is left.
 */
class LibtensorflowSession implements Session {
  readonly signatures: ReadonlyMap<string, Signature>;
  readonly #api: Api;
  readonly #graph: Pointer;
  readonly #session: Pointer;
  readonly #calls: ReadonlyMap<string, BoundCall>;
  readonly #runOptions: Pointer;
  readonly #idle = Promise.withResolvers<void>();
  #running = 0;
  #disposal: Promise<void> | undefined;

  constructor(
    api: Api,
    graph: Pointer,
    session: Pointer,
    calls: ReadonlyMap<string, BoundCall>,
    runOptions: Uint8Array | undefined,
  ) {
    this.#api = api;
    this.#graph = graph;
    this.#session = session;
    this.#calls = calls;
    this.#runOptions = runOptions === undefined ? NULL : api.TF_NewBufferFromString(runOptions, runOptions.length);
    this.signatures = new Map(Array.from(calls, ([name, { binding }]) => [name, binding.signature]));
  }

  async run(signature: string, inputs: NamedTensors): Promise<NamedTensors> {
    const call = this.#calls.get(signature);
    if (call === undefined) {
      throw notFound(`the model has no signature "${signature}"`);
    }
    if (this.#disposal !== undefined) {
      throw failedPrecondition('the model is unloaded');
    }
    this.#running += 1;
    try {
      return await this.#run(call, inputs);
    } finally {
      this.#running -= 1;
      this.#releaseWhenIdle();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#idle.promise.then(async () => {
      await release(this.#api, this.#graph, this.#session);
      if (this.#runOptions) {
        this.#api.TF_DeleteBuffer(this.#runOptions);
      }
    });
    this.#releaseWhenIdle();
    return this.#disposal;
  }

  #releaseWhenIdle(): void {
    if (this.#disposal !== undefined && this.#running === 0) {
      this.#idle.resolve();
    }
  }

  async #run(call: BoundCall, given: NamedTensors): Promise<NamedTensors> {
    const api = this.#api;
    const { feeds, fetches, binding } = call;
    const inputs = orderedInputs(binding, given);
    const pointers = BigUint64Array.from(inputs.values(), (input) => tensorToC(api, input));
    const results = new BigUint64Array(call.fetchCount);
    using status = new TensorFlowStatus(api);
    try {
      await api.TF_SessionRun(
        this.#session,
        this.#runOptions,
        feeds,
        pointers,
        pointers.length,
        fetches,
        results,
        results.length,
        NULL,
        0,
        NULL,
        status.pointer,
      );
      status.throwIfFailed((reason) => `TensorFlow cannot run signature "${binding.signature.name}": ${reason}`);
      return call.nameOutputs(
        Array.from(results, (result) => tensorFromC(api, result)),
        inputs,
      );
    } finally {
      for (const result of results) {
        if (result !== NULL) {
          api.TF_DeleteTensor(result);
        }
      }
      for (const [index, input] of [...inputs.values()].entries()) {
        deleteInput(api, pointers[index] ?? NULL, input);
      }
    }
  }
}
