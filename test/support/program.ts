import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join, resolve } from 'node:path';
import { expect } from 'vitest';

export const ROOT = resolve(import.meta.dirname, '../..');

/** A program of the project in a process of its own; killed on dispose when it still runs. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | string>;
  #output = '';
  #watch = (): void => undefined;

  /** Runs `scripts/src/<entry>` with these arguments, in this process's environment and `environment`. */
  constructor(entry: string, args: readonly string[], cwd = ROOT, environment: Readonly<Record<string, string>> = {}) {
    const env = { ...process.env, ...environment };
    this.#child = spawn(process.execPath, [join(ROOT, 'scripts/src', entry), ...args], { cwd, env });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
        this.#watch();
      });
    }
    this.#exited = once(this.#child, 'close').then(([code, signal]) => {
      this.#watch();
      return code ?? signal;
    });
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  /** Everything that was printed so far, on both streams. */
  get output(): string {
    return this.#output;
  }

  /** The exit code, or the signal that ended it. */
  get exited(): Promise<number | string> {
    return this.#exited;
  }

  /** Resolves when `text` was printed; rejects when the program ends without it. */
  async printed(text: string | RegExp): Promise<void> {
    const seen = new Promise<void>((done) => {
      this.#watch = () => {
        if (typeof text === 'string' ? this.#output.includes(text) : text.test(this.#output)) {
          done();
        }
      };
      this.#watch();
    });
    const ended = this.#exited.then((code) => {
      throw new Error(`the program ended with ${code} before it printed ${text}:\n${this.#output}`);
    });
    await Promise.race([seen, ended]);
    ended.catch(() => undefined);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

/** What a command prints on standard output; with the project's own commands on the path. Expects exit code 0. */
export async function runCommand(cwd: string, command: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env['PATH']}` };
  const child = spawn(command, args, { cwd, env });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code, `${args.join(' ')}\n${errors}`).toBe(0);
  return output;
}
