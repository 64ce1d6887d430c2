import { join, resolve } from 'node:path';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import {
  decodeClassificationResponse,
  decodeGetModelMetadataResponse,
  decodeGetModelStatusResponse,
  decodeMultiInferenceResponse,
  decodePredictResponse,
  decodeRegressionResponse,
  encodeExampleRequest,
  encodeGetModelMetadataRequest,
  encodeGetModelStatusRequest,
  encodeMultiInferenceRequest,
  encodePredictRequest,
  RPC_PATHS,
} from '@tensorfleet/codecs';
import { freePorts } from './free-ports.ts';
import { Program } from './program.ts';

const MODELS = resolve(import.meta.dirname, '../fixtures/serving');

/** A model as TensorFlow Serving's own tests have it, made by fixtures/serving/make_models.py. */
export function servingModel(name: string): string {
  return join(MODELS, name);
}

/** `tensorfleet serve` with these flags in a process of its own. */
export class ServingProcess implements AsyncDisposable {
  readonly program: Program;
  readonly grpc: ServingClient;
  /** `http://127.0.0.1:port` of REST. */
  readonly rest: string;

  private constructor(program: Program, grpcTarget: string, restPort: number | undefined) {
    this.program = program;
    this.grpc = new ServingClient(grpcTarget);
    this.rest = `http://127.0.0.1:${restPort}`;
  }

  /** Resolves when every one of `models` has a version available. */
  static async start(
    flags: readonly string[],
    models: readonly string[] = ['default'],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<ServingProcess> {
    const [grpcPort, restPort] = await freePorts(2);
    const socket = flags.find((flag) => flag.startsWith('--grpc_socket_path='))?.split('=')[1];
    const ports = [`--port=${socket === undefined ? grpcPort : 0}`, `--rest_api_port=${restPort}`, '--host=127.0.0.1'];
    const program = new Program('tensorfleet.ts', ['serve', ...ports, ...flags], undefined, environment);
    for (const model of models) {
      await program.printed(new RegExp(`name: ${model} version: [0-9]+} is in state available`));
    }
    return new ServingProcess(program, socket === undefined ? `127.0.0.1:${grpcPort}` : `unix:${socket}`, restPort);
  }

  async get(path: string): Promise<string> {
    return (await fetch(this.rest + path)).text();
  }

  async post(path: string, body: string): Promise<string> {
    return (await fetch(this.rest + path, { method: 'POST', body })).text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.grpc.close();
    await this.program[Symbol.asyncDispose]();
  }
}

/** TensorFlow Serving's RPCs over grpc-js. */
export class ServingClient {
  readonly #client: Client;

  constructor(target: string) {
    this.#client = new Client(target, credentials.createInsecure());
  }

  readonly predict = this.#method(RPC_PATHS.predict, encodePredictRequest, decodePredictResponse);
  readonly classify = this.#method(RPC_PATHS.classify, encodeExampleRequest, decodeClassificationResponse);
  readonly regress = this.#method(RPC_PATHS.regress, encodeExampleRequest, decodeRegressionResponse);
  readonly multiInference = this.#method(
    RPC_PATHS.multiInference,
    encodeMultiInferenceRequest,
    decodeMultiInferenceResponse,
  );
  readonly status = this.#method(RPC_PATHS.getModelStatus, encodeGetModelStatusRequest, decodeGetModelStatusResponse);
  readonly metadata = this.#method(
    RPC_PATHS.getModelMetadata,
    encodeGetModelMetadataRequest,
    decodeGetModelMetadataResponse,
  );
  /** The bytes of the answer as they came. */
  readonly predictBytes = this.#method(RPC_PATHS.predict, encodePredictRequest, (bytes) => bytes);

  close(): void {
    this.#client.close();
  }

  #method<Request, Response>(
    path: string,
    encode: (request: Request) => Uint8Array,
    decode: (bytes: Uint8Array) => Response,
  ): (request: Request) => Promise<Response> {
    return (request) =>
      new Promise((done, fail) => {
        this.#client.makeUnaryRequest(
          path,
          (value: Request) => Buffer.from(encode(value)),
          (bytes: Buffer) => decode(new Uint8Array(bytes)),
          request,
          { deadline: Date.now() + 10_000 },
          (error: ServiceError | null, response?: Response) =>
            response === undefined ? fail(error ?? new Error('no answer')) : done(response),
        );
      });
  }
}

/** What the command prints, and what it ends with, when it does not get as far as serving. */
export async function failedServe(
  flags: readonly string[],
  cwd?: string,
): Promise<{ readonly code: number | string; readonly output: string }> {
  const program = new Program('tensorfleet.ts', ['serve', ...flags], cwd);
  await using _ = program;
  return { code: await program.exited, output: program.output };
}
