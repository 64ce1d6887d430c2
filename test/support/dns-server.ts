import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const HEADER_BYTES = 12;
const TYPE_A = 1;
const NO_SUCH_NAME = 3;

/** A name server on loopback that knows one name, whose IPv4 addresses a test changes; all other questions are empty. */
export class DnsServer implements AsyncDisposable {
  /** What the name leads to from now on. */
  addresses: readonly string[] = [];
  /** How often its addresses were asked for. */
  questions = 0;
  readonly #name: string;
  readonly #ttlSeconds: number;
  readonly #socket: Socket = createSocket('udp4');

  private constructor(name: string, ttlSeconds: number) {
    this.#name = name;
    this.#ttlSeconds = ttlSeconds;
    this.#socket.on('message', (question, { port, address }) => {
      this.#socket.send(this.#answer(question), port, address);
    });
  }

  static async start(name: string, ttlSeconds = 5): Promise<DnsServer> {
    const server = new DnsServer(name, ttlSeconds);
    server.#socket.bind(0, '127.0.0.1');
    await once(server.#socket, 'listening');
    return server;
  }

  get port(): number {
    return (this.#socket.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  /** RFC 1035, section 4: the question again, and the records. */
  #answer(message: Buffer): Buffer {
    const { name, end } = readName(message);
    const type = message.readUInt16BE(end);
    const isKnown = name === this.#name;
    const addresses = isKnown && type === TYPE_A ? this.addresses : [];
    this.questions += isKnown && type === TYPE_A ? 1 : 0;
    const header = Buffer.alloc(HEADER_BYTES);
    message.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8580 | (isKnown ? 0 : NO_SUCH_NAME), 2); // answer, authoritative, recursion as asked and available
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    const question = message.subarray(HEADER_BYTES, end + 4);
    return Buffer.concat([header, question, ...addresses.map((address) => this.#record(address))]);
  }

  #record(address: string): Buffer {
    const record = Buffer.alloc(16);
    record.writeUInt16BE(0xc000 | HEADER_BYTES, 0); // the name of the question
    record.writeUInt16BE(TYPE_A, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(this.#ttlSeconds, 6);
    record.writeUInt16BE(4, 10);
    record.set(address.split('.').map(Number), 12);
    return record;
  }
}

function readName(message: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}
