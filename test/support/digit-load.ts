import { type Digit, readHeldOut } from './held-out.ts';

export interface DigitAnswer {
  readonly key: string;
  readonly version: number;
  /** When it was there, as performance.now(). */
  readonly at: number;
}

/** Clients, each with a routing key of its own. */
const KEYS = 100;

/** Sends digits to a server at a fixed rate, whatever the answers do, and keeps what came. */
export class DigitLoad implements AsyncDisposable {
  readonly answers: DigitAnswer[] = [];
  /** Status and body of everything that was not answered with 200. */
  readonly failures: string[] = [];
  readonly #url: string;
  readonly #bodies: readonly string[];
  readonly #timer: NodeJS.Timeout;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #waiters = new Set<() => void>();
  #sent = 0;

  private constructor(url: string, bodies: readonly string[], perSecond: number) {
    this.#url = url;
    this.#bodies = bodies;
    this.#timer = setInterval(() => this.#send(), 1000 / perSecond);
  }

  static async start(url: string, perSecond: number): Promise<DigitLoad> {
    return new DigitLoad(url, (await readHeldOut()).map(digitBody), perSecond);
  }

  /** Resolves with the first answer that was sent for after this call and that `isIt` accepts. */
  async until(isIt: (answer: DigitAnswer) => boolean): Promise<DigitAnswer> {
    for (let seen = this.answers.length; ; seen++) {
      while (seen === this.answers.length) {
        await new Promise<void>((resolve) => this.#waiters.add(resolve));
      }
      const answer = this.answers[seen];
      if (answer !== undefined && isIt(answer)) {
        return answer;
      }
    }
  }

  /** The next `count` answers. */
  async next(count: number): Promise<readonly DigitAnswer[]> {
    const start = this.answers.length;
    await this.until(() => this.answers.length >= start + count);
    return this.answers.slice(start, start + count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#inFlight);
  }

  #send(): void {
    const index = this.#sent++;
    const answered = this.#ask(`client ${index % KEYS}`, this.#bodies[index % this.#bodies.length] ?? '');
    this.#inFlight.add(answered);
    void answered.finally(() => this.#inFlight.delete(answered));
  }

  async #ask(key: string, body: string): Promise<void> {
    try {
      const response = await fetch(this.#url, { method: 'POST', body, headers: { 'x-routing-key': key } });
      const text = await response.text();
      if (response.status === 200) {
        this.answers.push({ key, version: Number(response.headers.get('x-model-version')), at: performance.now() });
      } else {
        this.failures.push(`${response.status} ${text}`);
      }
    } catch (reason) {
      this.failures.push(String(reason));
    }
    for (const wake of this.#waiters) {
      this.#waiters.delete(wake);
      wake();
    }
  }
}

/** The body of a predict request for one digit. */
export function digitBody({ pixels }: Digit): string {
  const rows = Array.from({ length: 28 }, (_, row) =>
    Array.from(pixels.subarray(row * 28, (row + 1) * 28), (pixel) => [pixel / 255]),
  );
  return JSON.stringify({ instances: [rows] });
}
