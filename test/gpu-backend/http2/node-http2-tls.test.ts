import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import type { Http2Server } from '../../../gpu-backend/src/http2/http2-server.ts';
import { createNodeHttp2Server } from '../../../gpu-backend/src/http2/node-http2-server.ts';
import { type TlsCredentials, tlsOptionsFrom } from '../../../gpu-backend/src/http2/tls-credentials.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { clientTls, fixedTls, SERVER_CREDENTIALS, VERIFYING_CREDENTIALS } from '../../support/certificates.ts';
import { H2Client } from '../../support/h2-client.ts';

const POST = { ':method': 'POST', ':path': '/' };

describe('createNodeHttp2Server with TLS', () => {
  let server: Http2Server | undefined;

  afterEach(async () => {
    await server?.destroy();
    expect(server?.connections).toBe(0);
  });

  const listen = async (credentials: TlsCredentials): Promise<number> => {
    const tls = fixedTls(credentials);
    server = createNodeHttp2Server({ clock: new FakeClock(), random: () => 0.5, tls });
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 }, (stream) => {
      stream.respond(204, {}, { endStream: true });
      return { onData: () => {}, onEnd: () => {}, onClose: () => {} };
    });
    return port;
  };

  const expectAnswered = async (port: number, tls: ConnectionOptions): Promise<void> => {
    await using client = await H2Client.connect(port, tls);
    expect((await client.send(POST)).status).toBe(204);
  };

  /** How a TLS connection ends that the server does not want. */
  const refusal = async (port: number, options: ConnectionOptions): Promise<string> => {
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', ...options });
    let code = 'closed';
    socket.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code ?? 'error';
    });
    await new Promise((resolve) => socket.resume().once('close', resolve));
    return code;
  };

  test.each([undefined, 'client', 'stranger'] as const)(
    'serves a client with the certificate %s when it asks for none',
    async (name) => expectAnswered(await listen(SERVER_CREDENTIALS), clientTls(name)),
  );

  test('serves only clients with a certificate of the right authority when it asks for one', async () => {
    const port = await listen(VERIFYING_CREDENTIALS);
    await expectAnswered(port, clientTls('client'));
    const h2 = { ALPNProtocols: ['h2'] };
    expect(await refusal(port, { ...h2, ...clientTls() })).toBe('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
    expect(await refusal(port, { ...h2, ...clientTls('stranger') })).toBe('closed');
    await expectAnswered(port, clientTls('client'));
  });

  test.each<[string, ConnectionOptions, string]>([
    [
      'TLS 1.1',
      {
        ...clientTls(),
        ALPNProtocols: ['h2'],
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      },
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    ],
    ['HTTP/1.1', { ...clientTls(), ALPNProtocols: ['http/1.1'] }, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'],
    ['no protocol', clientTls(), 'closed'],
  ])('refuses a client that offers %s and serves the next', async (_name, options, code) => {
    const port = await listen(SERVER_CREDENTIALS);
    expect(await refusal(port, options)).toBe(code);
    await expectAnswered(port, clientTls());
  });

  test('serves TLS 1.2', async () => {
    await expectAnswered(await listen(SERVER_CREDENTIALS), { ...clientTls(), maxVersion: 'TLSv1.2' });
  });

  test.each([
    ['cleartext HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['bytes that are no TLS', '\u0000'.repeat(100)],
  ])('closes a connection that speaks %s and serves the next', async (_name, bytes) => {
    const port = await listen(SERVER_CREDENTIALS);
    const socket = connectPlain(port, '127.0.0.1').on('error', () => {});
    socket.resume().write(bytes);
    await once(socket, 'close');
    await expectAnswered(port, clientTls());
  });

  test('destroy() cuts a connection that never begins its handshake', async () => {
    const port = await listen(SERVER_CREDENTIALS);
    const socket = connectPlain(port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    const closed = once(socket.resume(), 'close');
    await server?.destroy();
    await closed;
  });
});

describe('tlsOptionsFrom', () => {
  const other = clientTls('client');

  test.each<[string, Partial<TlsCredentials>, string]>([
    ['a key that is none', { serverKey: 'nonsense' }, 'server_key is not a PEM private key without a passphrase'],
    ['no key', { serverKey: '' }, 'server_key is not a PEM private key without a passphrase'],
    ['a certificate that is none', { serverCert: 'nonsense' }, 'server_cert is not a PEM certificate'],
    [
      'a certificate that is cut off',
      { serverCert: SERVER_CREDENTIALS.serverCert.replace(/.{64}\n/, '') },
      'server_cert is not a PEM certificate',
    ],
    ['the key of another certificate', { serverKey: String(other.key) }, 'server_key is not the key of server_cert'],
    ['no authority for clients', { clientVerify: true }, 'custom_ca is not a PEM certificate'],
    ['a bad authority for clients', { clientVerify: true, customCa: 'x' }, 'custom_ca is not a PEM certificate'],
  ])('refuses %s', (_name, change, message) => {
    expect(() => tlsOptionsFrom({ ...SERVER_CREDENTIALS, ...change }, 'ssl_config_file')).toThrow(
      `ssl_config_file: ${message}`,
    );
  });

  test('takes a chain of certificates', () => {
    const serverCert = `${SERVER_CREDENTIALS.serverCert}\n${VERIFYING_CREDENTIALS.customCa}`;
    expect(tlsOptionsFrom({ ...SERVER_CREDENTIALS, serverCert }, 'tls').cert).toBe(serverCert);
  });
});
