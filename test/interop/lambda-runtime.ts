import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** How Lambda starts Node 24. */
const NODE_FLAGS = ['--no-experimental-require-module', '--no-experimental-detect-module'];

export interface SandboxOptions {
  /** The runtime client's program. */
  readonly program: string;
  /** Where the function's zip was unpacked: LAMBDA_TASK_ROOT. */
  readonly task: string;
  /** Where the layers were unpacked: /opt. */
  readonly layers: string;
  /** As in serverless.yml. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What Lambda is told when a function does not load, or throws. */
export interface RuntimeFailure {
  readonly errorType: string;
  readonly errorMessage: string;
}

interface Invocation {
  readonly id: string;
  readonly event: unknown;
  readonly deadlineMs: number;
  readonly answered: PromiseWithResolvers<unknown>;
}

/**
 * One sandbox: a process of the runtime client with the function as it is deployed, over a Runtime API of ours. Takes one
 * invocation at a time, as Lambda has it.
 */
export class LambdaSandbox implements AsyncDisposable {
  readonly #server: Server;
  readonly #started = Promise.withResolvers<void>();
  readonly #waiting: Invocation[] = [];
  readonly #running = new Map<string, Invocation>();
  #child: ChildProcess | undefined;
  #next: ServerResponse | undefined;
  #output = '';

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#started.promise.catch(() => undefined);
  }

  /** Resolves when the function has loaded; rejects with a RuntimeFailure when it has not. */
  static async start(options: SandboxOptions): Promise<LambdaSandbox> {
    const sandbox = new LambdaSandbox();
    sandbox.#server.listen(0, '127.0.0.1');
    await once(sandbox.#server, 'listening');
    sandbox.#spawn(options);
    try {
      await sandbox.#started.promise;
      return sandbox;
    } catch (reason) {
      await sandbox[Symbol.asyncDispose]();
      throw reason;
    }
  }

  /** What the function printed. */
  get output(): string {
    return this.#output;
  }

  /** Resolves with what the handler returns; rejects with a RuntimeFailure. */
  invoke(event: unknown, timeoutMs = 29_000): Promise<unknown> {
    const answered = Promise.withResolvers<unknown>();
    this.#waiting.push({ id: randomUUID(), event, deadlineMs: Date.now() + timeoutMs, answered });
    this.#deliver();
    return answered.promise;
  }

  /** As Lambda does between invocations. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  }

  #spawn({ program, task, layers, handler, environment }: SandboxOptions): void {
    const { port } = this.#server.address() as AddressInfo;
    this.#child = spawn(process.execPath, [...NODE_FLAGS, program, handler], {
      cwd: task,
      env: {
        PATH: process.env['PATH'] ?? '',
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
        AWS_LAMBDA_FUNCTION_NAME: 'tensorfleet-test-gateway',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/tensorfleet-test-gateway',
        AWS_LAMBDA_LOG_STREAM_NAME: 'test',
        AWS_REGION: 'eu-central-1',
        LAMBDA_TASK_ROOT: task,
        NODE_PATH: join(layers, 'nodejs/node_modules'),
        _HANDLER: handler,
        ...environment,
      },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
    this.#child.on('close', (code, signal) => {
      const failure = { errorType: 'Runtime.ExitError', errorMessage: `ended with ${code ?? signal}: ${this.#output}` };
      this.#started.reject(failure);
      for (const { answered } of [...this.#waiting, ...this.#running.values()]) {
        answered.reject(failure);
      }
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace('/2018-06-01/runtime/', '');
    if (path === 'invocation/next') {
      this.#next = response;
      this.#started.resolve();
      this.#deliver();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    response.writeHead(202).end('{}');
    const [, id = '', outcome] = path.split('/');
    const invocation = this.#running.get(id);
    this.#running.delete(id);
    if (path === 'init/error') {
      this.#started.reject(body);
    } else if (outcome === 'response') {
      invocation?.answered.resolve(body);
    } else {
      invocation?.answered.reject(body);
    }
  }

  #deliver(): void {
    const response = this.#next;
    const invocation = response === undefined ? undefined : this.#waiting.shift();
    if (response === undefined || invocation === undefined) {
      return;
    }
    this.#next = undefined;
    this.#running.set(invocation.id, invocation);
    response.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': invocation.id,
      'lambda-runtime-deadline-ms': String(invocation.deadlineMs),
      'lambda-runtime-invoked-function-arn':
        'arn:aws:lambda:eu-central-1:123456789012:function:tensorfleet-test-gateway',
      'lambda-runtime-trace-id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0',
    });
    response.end(JSON.stringify(invocation.event));
  }
}
