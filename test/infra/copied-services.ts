import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Template } from './template.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
/** A command takes seconds, of a processor that may have others to serve. One that fails may wait for ever. */
const TIMEOUT_MS = 100_000;

/** The folders of the services, each before those that need it. */
export const STACKS = { network: 'infra/aws/network', fleet: 'infra/aws/fleet', front: '.' } as const;
export type Stack = keyof typeof STACKS;

/** A folder with the services as they are, and empty functions in the place of those that `npm run build` makes. */
export class CopiedServices implements Disposable {
  readonly #folder: string;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'tensorfleet-stacks-'));
    for (const path of ['serverless.yml', 'infra']) {
      cpSync(join(ROOT, path), join(this.#folder, path), { recursive: true });
    }
    const front = readFileSync(join(ROOT, 'serverless.yml'), 'utf8');
    for (const [, place = ''] of front.matchAll(/- (dist\/functions\/[\w-]+)\/\*\*/g)) {
      this.#writeModule(place);
    }
    this.#writeModule('dist/layers/codecs/nodejs');
  }

  /** The template, packaged without the machine's credentials; whoever asks AWS all the same meets a closed port. */
  async package(stack: Stack, ...flags: readonly string[]): Promise<Template> {
    return JSON.parse(readFileSync(await this.packageFile(stack, ...flags), 'utf8'));
  }

  /** The same as a file, which lives as long as this. */
  async packageFile(stack: Stack, ...flags: readonly string[]): Promise<string> {
    const folder = mkdtempSync(join(this.#folder, 'package-'));
    await this.run(stack, ['package', '--package', folder, ...flags], { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
    return join(folder, 'cloudformation-template-update-stack.json');
  }

  /** Runs the Serverless Framework in a service's folder, with this environment only; resolves with what it prints. */
  async run(stack: Stack, args: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> {
    const env = { PATH: dirname(process.execPath), HOME: this.#folder, NO_COLOR: '1', ...environment };
    const options = {
      cwd: join(this.#folder, STACKS[stack]),
      env,
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    } as const;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [SERVERLESS, ...args], options);
    return stdout + stderr;
  }

  #writeModule(place: string): void {
    mkdirSync(join(this.#folder, place), { recursive: true });
    writeFileSync(join(this.#folder, place, 'index.cjs'), '');
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
