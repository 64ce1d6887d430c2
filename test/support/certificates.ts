import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { type TlsCredentials, type TlsSource, tlsOptionsFrom } from '../../gpu-backend/src/http2/tls-credentials.ts';

export const CERTIFICATES = resolve(import.meta.dirname, '../fixtures/tls');

function pem(file: string): string {
  return readFileSync(join(CERTIFICATES, file), 'utf8');
}

export const AUTHORITY = pem('authority.crt');

/** Of a server on 127.0.0.1 and localhost; clients need no certificate. */
export const SERVER_CREDENTIALS: TlsCredentials = {
  serverKey: pem('server.key'),
  serverCert: pem('server.crt'),
  customCa: '',
  clientVerify: false,
};

/** The same server, for clients with a certificate of the same authority. */
export const VERIFYING_CREDENTIALS: TlsCredentials = {
  ...SERVER_CREDENTIALS,
  customCa: AUTHORITY,
  clientVerify: true,
};

/** A client that trusts the server and shows the certificate `name`, if any. */
export function clientTls(name?: 'client' | 'stranger'): ConnectionOptions {
  return {
    ca: AUTHORITY,
    servername: 'localhost',
    ...(name !== undefined && { cert: pem(`${name}.crt`), key: pem(`${name}.key`) }),
  };
}

/** Credentials that never change. */
export function fixedTls(credentials: TlsCredentials): TlsSource {
  return { current: tlsOptionsFrom(credentials, 'tls'), follow: () => {} };
}

/** tensorflow.serving.SSLConfig in text format. */
export function sslConfigText({ serverKey, serverCert, customCa, clientVerify }: TlsCredentials): string {
  const texts = { server_key: serverKey, server_cert: serverCert, custom_ca: customCa };
  const lines = Object.entries(texts).map(([name, text]) => `${name}: ${JSON.stringify(text)}`);
  return [...lines, `client_verify: ${clientVerify}`].join('\n');
}
