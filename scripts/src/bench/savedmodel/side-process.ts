import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { internal, unavailable } from '@tensorfleet/core';
import { leanEnvironment } from '../../config.ts';
import { pin, SERVER_CORE } from '../serving/server-process.ts';
import type { SideAction, SideAnswer, SideCalls } from './side-messages.ts';
import { findTensorflow, scriptPath } from './tensorflow-python.ts';

const MAX_LAST_WORDS = 2000;

/** One side of a contest, in a process of its own on one core; it waits for calls, one at a time. */
export class SideProcess implements AsyncDisposable {
  readonly #name: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #answers: AsyncIterator<string>;
  /** What it wrote last on standard error, where TensorFlow greets. */
  #lastWords = '';

  private constructor(name: string, command: string, args: readonly string[]) {
    this.#name = name;
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: leanEnvironment() });
    pin(this.#child.pid, SERVER_CORE);
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#lastWords = `${this.#lastWords}${chunk}`.slice(-MAX_LAST_WORDS);
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Ours, which keeps what it converts in `cacheDirectory`. */
  static async ours(cacheDirectory: string): Promise<SideProcess> {
    const side = new SideProcess('our side', process.execPath, [scriptPath('our-side.ts'), cacheDirectory]);
    await side.#answer();
    return side;
  }

  static async tensorflow(): Promise<SideProcess> {
    const side = new SideProcess('TensorFlow', findTensorflow()?.python ?? 'python3', [
      scriptPath('tensorflow_side.py'),
    ]);
    await side.#answer();
    return side;
  }

  /** Rejects with INTERNAL and the side's words when it fails, with UNAVAILABLE when it ends. */
  async call<A extends SideAction>(action: A, request: SideCalls[A]['request']): Promise<SideCalls[A]['answer']> {
    this.#child.stdin.write(`${JSON.stringify({ action, ...request })}\n`);
    return (await this.#answer()) as SideCalls[A]['answer']; // both sides are ours
  }

  async #answer(): Promise<SideAnswer> {
    const { value, done } = await this.#answers.next();
    if (done) {
      throw unavailable(`${this.#name} ended before it answered: ${this.#lastWords}`);
    }
    const answer: SideAnswer = JSON.parse(value);
    if ('error' in answer) {
      throw internal(`${this.#name} failed: ${answer.error}`);
    }
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await exit;
    }
  }
}
