import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TlsCredentials } from '../../gpu-backend/src/http2/tls-credentials.ts';
import { TlsFile } from '../../gpu-backend/src/tls-file.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { clientTls, SERVER_CREDENTIALS, sslConfigText, VERIFYING_CREDENTIALS } from '../support/certificates.ts';
import { silentLog } from '../support/silent-log.ts';

const { cert, key } = clientTls('client');
/** Another identity. */
const OTHER: TlsCredentials = { ...SERVER_CREDENTIALS, serverCert: String(cert), serverKey: String(key) };

describe('TlsFile', () => {
  const clock = new FakeClock();
  let directory: string;
  let path: string;
  let log: ReturnType<typeof silentLog>;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tls-file-'));
    path = join(directory, 'ssl.cfg');
    writeFileSync(path, sslConfigText(SERVER_CREDENTIALS));
    log = silentLog();
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
    expect(clock.armed).toBe(0);
  });

  const open = (): TlsFile => new TlsFile(SERVER_CREDENTIALS, { flag: 'ssl_config_file', path, clock, log });

  /** Puts another file in the place of the first, in one step, and lets the watcher see it. */
  const replace = async (content: string): Promise<void> => {
    const seen = watch(directory);
    const next = `${directory}.next`;
    writeFileSync(next, content);
    const changed = once(seen, 'change');
    renameSync(next, path);
    await changed;
    seen.close();
    clock.advance(200);
  };

  test('gives a server that listens the new certificates', async () => {
    using file = open();
    const server = createServer(file.current).listen(0, '127.0.0.1');
    await once(server, 'listening');
    file.follow(server);
    const shown = async (): Promise<string> => {
      const { port } = server.address() as { port: number }; // a TCP server, listening
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { subject } = socket.getPeerCertificate();
      socket.destroy();
      return String(subject.CN);
    };
    const before = await shown();
    await replace(sslConfigText(OTHER));
    expect([before, await shown()]).toEqual(['server', 'client']);
    await once(server.close(), 'close');
  });

  test.each([
    ['is not valid', 'nonsense', 'has no field'],
    [
      'has a key of another certificate',
      sslConfigText({ ...OTHER, serverKey: SERVER_CREDENTIALS.serverKey }),
      'server_key is not the key',
    ],
    [
      'asks for certificates of clients',
      sslConfigText(VERIFYING_CREDENTIALS),
      'client_verify has changed, which takes a restart',
    ],
  ])('keeps the certificates when the new file %s, and warns', async (_name, content, message) => {
    using file = open();
    const renewed: unknown[] = [];
    file.follow({ setSecureContext: (options) => renewed.push(options) });
    await replace(content);
    expect(renewed).toEqual([]);
    expect(log.lines.map(({ level }) => level)).toEqual(['warn']);
    expect(JSON.stringify(log.lines)).toContain(message);
  });

  test('says nothing when the file is what it was', async () => {
    using file = open();
    const renewed: unknown[] = [];
    file.follow({ setSecureContext: (options) => renewed.push(options) });
    await replace(sslConfigText(SERVER_CREDENTIALS));
    expect([renewed, log.lines]).toEqual([[], []]);
  });
});
