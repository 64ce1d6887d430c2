import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { internal, unavailable } from '@tensorfleet/core';
import { serverEnvironment } from '../../config.ts';
import { residentKilobytes } from '../../resident-memory.ts';

const ENTRY = resolve(import.meta.dirname, '../../tensorfleet.ts');
const KILOBYTES_PER_MEGABYTE = 1024;

/** `tensorfleet serve` as users start it; killed on dispose. */
export class ServeProcess implements AsyncDisposable {
  /** `127.0.0.1:port` of gRPC. */
  readonly target: string;
  readonly #child: ChildProcessByStdio<null, null, Readable>;
  readonly #lines: AsyncIterator<string>;

  private constructor(port: number, args: readonly string[], libraries: string | undefined) {
    this.target = `127.0.0.1:${port}`;
    const serve = [ENTRY, 'serve', '--host=127.0.0.1', `--port=${port}`, '--rest_api_port=0', ...args];
    const env = serverEnvironment(libraries);
    this.#child = spawn(process.execPath, serve, { stdio: ['ignore', 'ignore', 'pipe'], env });
    this.#lines = createInterface({ input: this.#child.stderr })[Symbol.asyncIterator]();
  }

  /** `libraries`: where TensorFlow's are, if it may be used. */
  static async start(args: readonly string[], libraries: string | undefined): Promise<ServeProcess> {
    return new ServeProcess(await freePort(), args, libraries);
  }

  /** Resolves when the version reaches the state; one call at a time. Rejects when a version fails, or the server ends. */
  async reaches(version: number, state: 'available' | 'end'): Promise<void> {
    const wanted = ` version: ${version}} is in state ${state}`;
    for (;;) {
      const { value: line, done } = await this.#lines.next();
      if (done) {
        throw unavailable(`the server ended before version ${version} was in state ${state}`);
      }
      if (line.includes('} failed: ')) {
        throw internal(line);
      }
      if (line.includes(wanted)) {
        return;
      }
    }
  }

  /** What the server and its processes have in memory, as Linux tells it. */
  async residentMegabytes(): Promise<number> {
    return (await residentKilobytes(this.#child.pid ?? Number.NaN)) / KILOBYTES_PER_MEGABYTE;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }
}

/** One that was free a moment ago: `serve` takes no port 0. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  await once(server.close(), 'close');
  return port;
}
