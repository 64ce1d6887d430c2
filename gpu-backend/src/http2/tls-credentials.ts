import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, type TlsOptions } from 'node:tls';
import { invalidArgument, StatusError } from '@tensorfleet/core';

/** PEM texts, as in TensorFlow Serving's SSLConfig; '' where there is none. */
export interface TlsCredentials {
  readonly serverKey: string;
  /** The server's certificate, then those that lead to its authority. */
  readonly serverCert: string;
  /** The authorities of client certificates. */
  readonly customCa: string;
  /** Clients must show a certificate of `customCa`. */
  readonly clientVerify: boolean;
}

/** What takes new certificates while it listens: servers of node:tls and node:https. */
export interface TlsRenewable {
  setSecureContext(options: TlsOptions): void;
}

/** What a server shows its clients, now and later. */
export interface TlsSource {
  readonly current: TlsOptions;
  /** Gives the server new certificates whenever there are some. */
  follow(server: TlsRenewable): void;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * What Node's TLS servers take, at least TLS 1.2. Throws INVALID_ARGUMENT that names `source` and the field which is no
 * PEM, is missing, or does not fit the others.
 */
export function tlsOptionsFrom(credentials: TlsCredentials, source: string): TlsOptions {
  const { serverKey, serverCert, customCa, clientVerify } = credentials;
  const key = privateKey(serverKey, source);
  const [certificate] = certificates(serverCert, 'server_cert', source);
  if (certificate?.checkPrivateKey(key) !== true) {
    throw invalidArgument(`${source}: server_key is not the key of server_cert`);
  }
  if (clientVerify) {
    certificates(customCa, 'custom_ca', source);
  }
  const options: TlsOptions = {
    key: serverKey,
    cert: serverCert,
    minVersion: 'TLSv1.2',
    ...(clientVerify && { ca: customCa, requestCert: true, rejectUnauthorized: true }),
  };
  try {
    createSecureContext(options);
  } catch (reason) {
    throw invalidArgument(`${source}: TLS refuses them: ${StatusError.from(reason).message}`, {}, reason);
  }
  return options;
}

function privateKey(pem: string, source: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (reason) {
    throw invalidArgument(`${source}: server_key is not a PEM private key without a passphrase`, {}, reason);
  }
}

/** All certificates of a PEM text, at least one. */
function certificates(pem: string, field: string, source: string): readonly X509Certificate[] {
  const blocks = pem.match(CERTIFICATE) ?? [];
  try {
    if (blocks.length === 0) {
      throw invalidArgument('there is none');
    }
    return blocks.map((block) => new X509Certificate(block));
  } catch (reason) {
    throw invalidArgument(`${source}: ${field} is not a PEM certificate`, {}, reason);
  }
}
