import { parseTextFormat, SslConfigMessage } from '@tensorfleet/codecs';
import { invalidArgument } from '@tensorfleet/core';
import { readTextFile } from './text-file.ts';

/** tensorflow.serving.SSLConfig: PEM text, not names of files. */
export interface SslConfig {
  readonly serverKey: string;
  readonly serverCert: string;
  /** Whom to trust as the issuer of clients' certificates; '' when it is not set. */
  readonly customCa: string;
  /** Whether clients must have a certificate. */
  readonly clientVerify: boolean;
}

/** Throws a StatusError that names the flag for a file that cannot be read or holds something else. */
export function readSslConfigFile(flag: 'ssl_config_file' | 'rest_api_ssl_config_file', path: string): SslConfig {
  const { text, place } = readTextFile(flag, path);
  const config = parseTextFormat(SslConfigMessage, text, place);
  for (const name of ['server_key', 'server_cert'] as const) {
    if (!config[name].includes('-----BEGIN')) {
      throw invalidArgument(`${flag}: ${name} in "${place}" must be PEM text, not the name of a file`);
    }
  }
  return {
    serverKey: config.server_key,
    serverCert: config.server_cert,
    customCa: config.custom_ca,
    clientVerify: config.client_verify,
  };
}
